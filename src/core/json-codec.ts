import { goverseError } from './errors.js';
import type { GoverseError } from './errors.js';
import { EMPTY_BYTES } from './payload.js';
import { isTooDeep, MAX_VALUE_DEPTH, ValueWalk } from './value-walk.js';
import type { ValueForm, ValueRole } from './value-walk.js';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

const json: ValueForm = {
  name: 'JSON',
  dropsUndefined: true,
  string: (value) => value,
  number: (value, walk) => {
    if (!Number.isFinite(value)) throw walk.refuse(String(value));
    return value;
  },
  bigint: (_value, walk) => {
    throw walk.refuse('a bigint');
  },
  date: (value, walk) => {
    if (Number.isNaN(value.getTime())) throw walk.refuse('an invalid Date');
    return value.toISOString();
  },
  map: (_entries, walk) => {
    throw walk.refuse('a Map');
  },
  set: (_values, walk) => {
    throw walk.refuse('a Set');
  },
  binary: (_value, walk) => {
    throw walk.refuse('binary data');
  },
  error: (_error, _cause, walk) => {
    throw walk.refuse('an Error');
  },
  regExp: (_value, walk) => {
    throw walk.refuse('a RegExp');
  },
  object: (copy) => copy,
};

/**
 * The value as plain JSON data: a `Date` is its ISO string, class instances are plain objects (a `toJSON` of theirs is
 * not called), `undefined` properties are left out, `undefined` elements become `null`. What JSON cannot hold is refused,
 * naming the path.
 */
export function toJsonData(value: unknown, role: ValueRole): unknown {
  return new ValueWalk(json, role).run(value);
}

/** JSON in UTF-8; empty bytes for `undefined`. See `toJsonData` for what is refused. */
export function encodeJson(value: unknown, role: ValueRole): Uint8Array {
  if (value === undefined) return EMPTY_BYTES;
  return Buffer.from(JSON.stringify(toJsonData(value, role)));
}

/** The parsed value; `undefined` for empty bytes. `INVALID_ARGUMENT` if the bytes are no JSON in UTF-8. */
export function decodeJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(strictUtf8.decode(bytes));
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : 'it cannot be read', error);
  }
  if (bytes.length > MAX_VALUE_DEPTH && isTooDeep(value)) {
    throw malformed(`it is nested deeper than ${MAX_VALUE_DEPTH} levels`);
  }
  return value;
}

function malformed(why: string, cause?: unknown): GoverseError {
  return goverseError('INVALID_ARGUMENT', `The payload is no usable JSON in UTF-8: ${why}`, { cause });
}
