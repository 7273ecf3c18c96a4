import { addExtension, Packr } from 'msgpackr';
import { goverseError } from './errors.js';
import type { GoverseError } from './errors.js';
import { EMPTY_BYTES } from './payload.js';
import { binaryName, bytesOf, viewOf } from './binary-data.js';
import { errorFacts, rebuildError } from './error-facts.js';
import type { ErrorFacts } from './error-facts.js';
import { isTooDeep, MAX_VALUE_DEPTH, setOwn, ValueWalk } from './value-walk.js';
import type { ValueForm, ValueRole } from './value-walk.js';

/** What MessagePack has no exact word for travels as one extension: a tag and plain data. */
class Tagged {
  constructor(
    readonly tag: string,
    readonly data: unknown,
  ) {}
}

/** Extension type of `Tagged`; 'G'. */
const TAGGED_TYPE = 0x47;

/** Wider integers have no MessagePack form. */
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

const readers: Record<string, (data: never) => unknown> = {
  zero: () => -0,
  text: (codeUnits: Uint8Array) => Buffer.from(codeUnits).toString('utf16le'),
  bigint: (hex: string) => (hex.startsWith('-') ? -BigInt(hex.slice(1)) : BigInt(hex)),
  date: (time: number) => new Date(time),
  map: (entries: [unknown, unknown][]) => new Map(entries),
  set: (values: unknown[]) => new Set(values),
  binary: ([name, bytes]: [string, Uint8Array]) => viewOf(name, Uint8Array.from(bytes).buffer),
  error: ([name, message, stack, hasCause, cause]: [string, string, string, boolean, unknown]) =>
    rebuildError({ name, message, stack, hasCause, cause } satisfies ErrorFacts),
  regExp: ([source, flags]: [string, string]) => new RegExp(source, flags),
  object: (entries: [string, unknown][]) => objectOf(entries),
};

addExtension({ Class: Tagged, type: TAGGED_TYPE, write: ({ tag, data }: Tagged) => [tag, data], read: readTagged });

const packr = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true, structuredClone: false });

const msgpack: ValueForm = {
  name: 'a call',
  dropsUndefined: false,
  // A lone surrogate has no UTF-8.
  string: (value) => (value.isWellFormed() ? value : new Tagged('text', Buffer.from(value, 'utf16le'))),
  number: (value) => (Object.is(value, -0) ? new Tagged('zero', 0) : value),
  bigint: (value) => (value >= INT64_MIN && value <= UINT64_MAX ? value : new Tagged('bigint', toHex(value))),
  date: (value) => new Tagged('date', value.getTime()),
  map: (entries) => new Tagged('map', entries()),
  set: (values) => new Tagged('set', values()),
  binary: (value) => new Tagged('binary', [binaryName(value), Buffer.from(bytesOf(value))]),
  error: (error, cause) => {
    const facts = errorFacts(error, cause());
    return new Tagged('error', [facts.name, facts.message, facts.stack, facts.hasCause, facts.cause]);
  },
  regExp: (value) => new Tagged('regExp', [value.source, value.flags]),
  object: (copy) => (hasOddKey(copy) ? new Tagged('object', oddEntries(copy)) : copy),
};

/** MessagePack that keeps everything `copyValue` keeps; empty bytes for `undefined`. Refuses what `copyValue` refuses. */
export function encodeMsgpack(value: unknown, role: ValueRole): Uint8Array {
  if (value === undefined) return EMPTY_BYTES;
  return packr.pack(packsAsItIs(value, PLAIN_LEVELS) ? value : new ValueWalk(msgpack, role).run(value));
}

/** Deeper values are left to the walk. */
const PLAIN_LEVELS = 16;

/**
 * True for what MessagePack has its own words for, all the way down, and the walk would neither change nor refuse: most
 * arguments and results. What throws while it is read is left to the walk, which says where.
 */
function packsAsItIs(value: unknown, levels: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return !Object.is(value, -0);
    case 'boolean':
      return true;
    case 'object':
      return value === null || (levels > 0 && hasPlainParts(value, levels - 1));
    default:
      return false;
  }
}

function hasPlainParts(value: object, levels: number): boolean {
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (Array.isArray(value)) {
      return (
        prototype === Array.prototype &&
        value.every((part) => packsAsItIs(part, levels)) &&
        !(value as unknown[]).includes(undefined)
      );
    }
    if (prototype !== Object.prototype) return false;
    for (const key in value) {
      const part = Object.getOwnPropertyDescriptor(value, key);
      if (part === undefined || !('value' in part) || key === '__proto__' || !key.isWellFormed()) return false;
      if (!packsAsItIs(part.value, levels)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** The value; `undefined` for empty bytes. `INVALID_ARGUMENT` for bytes that are not what `encodeMsgpack` makes. */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = packr.unpack(bytes);
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : 'it cannot be read', error);
  }
  if (bytes.length > MAX_VALUE_DEPTH && isTooDeep(value)) {
    throw malformed(`it is nested deeper than ${MAX_VALUE_DEPTH} levels`);
  }
  return value;
}

function readTagged([tag, data]: [string, never]): unknown {
  const read = Object.hasOwn(readers, tag) ? readers[tag] : undefined;
  if (!read) throw new TypeError(`unknown tag ${JSON.stringify(tag)}`);
  return read(data);
}

function toHex(value: bigint): string {
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** Keys that the MessagePack reader would rename or that have no UTF-8. */
function hasOddKey(value: object): boolean {
  for (const key in value) if (key === '__proto__' || !key.isWellFormed()) return true;
  return false;
}

function oddEntries(value: Record<string, unknown>): [unknown, unknown][] {
  return Object.entries(value).map(([key, part]) => [msgpack.string(key), part]);
}

function objectOf(entries: [unknown, unknown][]): object {
  const result = {};
  for (const [key, value] of entries) setOwn(result, String(key), value);
  return result;
}

function malformed(why: string, cause?: unknown): GoverseError {
  return goverseError('INVALID_ARGUMENT', `The payload is no usable MessagePack: ${why}`, { cause });
}
