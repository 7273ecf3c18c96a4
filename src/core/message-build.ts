import protobuf from 'protobufjs';
import { goverseError } from './errors.js';
import { tracksPresence } from './field-presence.js';
import { fitsScalar, fromJsonScalar, isLongType, toWireScalar } from './message-scalar.js';
import { setOwn } from './value-walk.js';
import type { ValueRole } from './value-walk.js';

/** Deepest nesting of messages, as protobufjs itself reads and writes them. */
const MAX_MESSAGE_DEPTH = 100;

/**
 * Builds a message of a declared type out of a plain object. Fields that are absent, `undefined` or `null` keep their
 * default, properties without a field are dropped. With `json` the forms of proto3 JSON are taken too: strings for
 * 64-bit integers and bytes, original field names. Every violation is named, in one error.
 * Source: https://protobuf.dev/programming-guides/json/
 */
export class MessageBuilder {
  private readonly violations: string[] = [];

  constructor(
    private readonly role: ValueRole,
    private readonly json: boolean,
  ) {}

  build(type: protobuf.Type, value: unknown): protobuf.Message {
    const message = this.message(type, value ?? {}, '', 0);
    if (this.violations.length === 0) return message;
    const reason = this.role === 'result' ? 'RESULT_NOT_ENCODABLE' : 'INVALID_ARGUMENT';
    const text = `The ${this.role} is no ${type.fullName.slice(1)}: ${this.violations.join('; ')}`;
    throw goverseError(reason, text, { details: { violations: this.violations } });
  }

  private message(type: protobuf.Type, value: unknown, path: string, depth: number): protobuf.Message {
    const message = type.create();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.violate(path, value, `an object (${type.name})`);
    } else if (depth >= MAX_MESSAGE_DEPTH) {
      this.violations.push(`${path} is nested deeper than ${MAX_MESSAGE_DEPTH} levels`);
    } else {
      this.fields(type, value, message, path, depth);
    }
    return message;
  }

  private fields(type: protobuf.Type, value: object, message: protobuf.Message, path: string, depth: number): void {
    const chosen = new Map<string, string>();
    for (const field of type.fieldsArray) {
      const given = this.read(value, field.name);
      if (given === undefined || given === null) continue;
      const at = path === '' ? field.name : `${path}.${field.name}`;
      const built = this.field(field, given, at, depth);
      if (field.partOf) this.chooseOne(chosen, field.partOf.name, field.name, path);
      if (!isImplicitDefault(field, built)) setOwn(message, field.name, built);
    }
  }

  private chooseOne(chosen: Map<string, string>, oneof: string, field: string, path: string): void {
    const other = chosen.get(oneof);
    if (other !== undefined)
      this.violations.push(`${path === '' ? '' : `${path}.`}${field} and ${other} exclude each other (${oneof})`);
    chosen.set(oneof, field);
  }

  private field(field: protobuf.FieldBase, value: unknown, path: string, depth: number): unknown {
    if (field instanceof protobuf.MapField) return this.map(field, value, path, depth);
    if (!field.repeated) return this.single(field, value, path, depth);
    if (Array.isArray(value)) return value.map((part, i) => this.single(field, part, `${path}[${i}]`, depth));
    this.violate(path, value, 'an array');
    return [];
  }

  private map(field: protobuf.MapField, value: unknown, path: string, depth: number): Record<string, unknown> {
    const built = {};
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.violate(path, value, 'an object (a map)');
      return built;
    }
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    for (const [key, part] of entries) {
      const at = `${path}[${JSON.stringify(String(key))}]`;
      if (!fitsKey(field.keyType, key)) this.violate(at, key, `a key of type ${field.keyType}`);
      setOwn(built, String(key), this.single(field, part, at, depth));
    }
    return built;
  }

  private single(field: protobuf.FieldBase, value: unknown, path: string, depth: number): unknown {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Type) return this.message(resolvedType, value, path, depth + 1);
    if (resolvedType instanceof protobuf.Enum) return this.enumValue(resolvedType, value, path);
    const read = this.json ? fromJsonScalar(field.type, value) : value;
    if (fitsScalar(field.type, read)) return toWireScalar(field.type, read);
    this.violate(path, value, field.type);
    return undefined;
  }

  private enumValue(type: protobuf.Enum, value: unknown, path: string): unknown {
    if (typeof value === 'string' && Object.hasOwn(type.values, value)) return type.values[value];
    // Numbers without a name are legal: an enum of proto3 is open.
    if (fitsScalar('int32', value)) return toWireScalar('int32', value);
    this.violate(path, value, `one of ${Object.keys(type.values).join(', ')}`);
    return undefined;
  }

  private read(value: object, name: string): unknown {
    const names = this.json ? [name, protobuf.util.camelCase(name), snakeCase(name)] : [name];
    const found = names.find((candidate) => candidate in value && !(candidate in Object.prototype));
    if (found !== undefined) return (value as Record<string, unknown>)[found];
    return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  }

  private violate(path: string, value: unknown, wanted: string): void {
    this.violations.push(`${path === '' ? 'it' : path} is ${describe(value)}, not ${wanted}`);
  }
}

/** Fields without presence are not written when they hold their default: the canonical encoding. */
function isImplicitDefault(field: protobuf.FieldBase, value: unknown): boolean {
  if (field.repeated || field.map || tracksPresence(field) || value === undefined) return value === undefined;
  if (value instanceof Uint8Array) return value.length === 0;
  if (isLongType(field.type)) {
    const { low, high } = value as { low: number; high: number };
    return low === 0 && high === 0;
  }
  return Object.is(value, field.resolvedType ? 0 : field.typeDefault);
}

function fitsKey(keyType: string, key: unknown): boolean {
  if (keyType === 'bool') return typeof key === 'boolean' || key === 'true' || key === 'false';
  return fitsScalar(keyType, keyType === 'string' ? String(key) : fromJsonScalar(keyType, key));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function describe(value: unknown): string {
  if (typeof value === 'string')
    return value.length > 40 ? `${JSON.stringify(value.slice(0, 40))}...` : JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? 'a function' : String(value);
  return Array.isArray(value) ? 'an array' : value instanceof Uint8Array ? 'bytes' : 'an object';
}
