import { binaryName, bytesOf, viewOf } from './binary-data.js';
import { errorFacts, rebuildError } from './error-facts.js';
import { MAX_VALUE_DEPTH, ValueWalk } from './value-walk.js';
import type { ValueForm, ValueRole } from './value-walk.js';

const copies: ValueForm = {
  name: 'a call',
  dropsUndefined: false,
  string: (value) => value,
  number: (value) => value,
  bigint: (value) => value,
  date: (value) => new Date(value.getTime()),
  map: (entries) => new Map(entries()),
  set: (values) => new Set(values()),
  binary: copyBinary,
  error: (error, cause) => rebuildError(errorFacts(error, cause())),
  regExp: (value) => new RegExp(value.source, value.flags),
  object: (copy) => copy,
  passes: isDeeplyFrozen,
};

/**
 * A deep copy of what `structuredClone` copies as data, so that caller and callee share nothing that can change.
 * Primitives and deeply frozen plain data are returned as they are; class instances become plain objects; two
 * references to one object become two objects. Functions, symbols, promises, weak collections and cycles are refused,
 * naming the path: `RESULT_NOT_ENCODABLE` for a result, `INVALID_ARGUMENT` else.
 */
export function copyValue(value: unknown, role: ValueRole): unknown {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return value;
  if (value === null) return value;
  return copyIfPlain(value) ?? new ValueWalk(copies, role).run(value);
}

function copyIfPlain(value: object | symbol): unknown {
  if (typeof value !== 'object' || Object.isFrozen(value)) return undefined;
  try {
    return copyPlain(value, PLAIN_LEVELS);
  } catch {
    // A getter or a proxy that throws: the walk says where.
    return undefined;
  }
}

/** Deeper values are left to the walk, which tells cycles from depth. */
const PLAIN_LEVELS = 16;

/**
 * A copy of plain objects and arrays of primitives, all the way down; undefined as soon as there is anything else in it,
 * or something the walk has to refuse or to name. Most arguments and results are like that.
 */
function copyPlain(value: object, levels: number): unknown {
  if (levels === 0) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return copyProperties(value as Record<string, unknown>, levels);
  return prototype === Array.prototype && Array.isArray(value) ? copyElements(value, levels) : undefined;
}

function copyElements(values: readonly unknown[], levels: number): unknown[] | undefined {
  const copy: unknown[] = [];
  for (let i = 0; i < values.length; i++) {
    const part = values[i];
    if (typeof part === 'function' || typeof part === 'symbol') return undefined;
    if (typeof part !== 'object' || part === null) {
      copy.push(part);
      continue;
    }
    const copied = Object.isFrozen(part) ? undefined : copyPlain(part, levels - 1);
    if (copied === undefined) return undefined;
    copy.push(copied);
  }
  return copy;
}

function copyProperties(value: Record<string, unknown>, levels: number): Record<string, unknown> | undefined {
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    if (key === '__proto__' || !Object.hasOwn(value, key)) return undefined;
    const part = value[key];
    if (typeof part === 'function' || typeof part === 'symbol') return undefined;
    if (typeof part !== 'object' || part === null) {
      copy[key] = part;
      continue;
    }
    const copied = Object.isFrozen(part) ? undefined : copyPlain(part, levels - 1);
    if (copied === undefined) return undefined;
    copy[key] = copied;
  }
  return copy;
}

/** A copy over memory of its own: of a view on a large buffer only the visible part. */
function copyBinary(value: ArrayBufferView | ArrayBuffer): unknown {
  if (!ArrayBuffer.isView(value)) return value.slice(0);
  return viewOf(binaryName(value), bytesOf(value).slice().buffer);
}

/** Plain objects and arrays that cannot change, all the way down; everything else is worth a copy. */
function isDeeplyFrozen(value: object, levels: number = MAX_VALUE_DEPTH): boolean {
  if (!Object.isFrozen(value) || levels === 0) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isArray = Array.isArray(value);
  if (prototype !== (isArray ? Array.prototype : Object.prototype)) return false;
  const descriptors = Object.values(Object.getOwnPropertyDescriptors(value));
  const visible = Object.keys(value).length;
  if (Reflect.ownKeys(value).length !== visible + (isArray ? 1 : 0)) return false;
  if (isArray && visible !== value.length) return false;
  return descriptors.every((part) => 'value' in part && isFrozenPart(part.value, levels - 1));
}

function isFrozenPart(value: unknown, levels: number): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  return typeof value !== 'object' || value === null || isDeeplyFrozen(value, levels);
}
