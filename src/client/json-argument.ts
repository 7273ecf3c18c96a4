import { GoverseError, goverseError } from '../core/errors.js';

/**
 * The JSON of an argument; undefined for none. What `JSON.stringify` would lose without a word is refused with
 * `INVALID_ARGUMENT`, naming the property.
 */
export function encodeArgument(argument: unknown): string | undefined {
  if (argument === undefined) return undefined;
  try {
    return JSON.stringify(argument, refuseLoss);
  } catch (error) {
    if (error instanceof GoverseError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw goverseError('INVALID_ARGUMENT', `The argument cannot be written as JSON: ${why}; pass plain data instead`, {
      cause: error,
    });
  }
}

function refuseLoss(key: string, value: unknown): unknown {
  const lost = lossOf(value);
  if (lost === undefined) return value;
  const subject = key === '' ? 'The argument' : `The argument's property ${key}`;
  throw goverseError('INVALID_ARGUMENT', `${subject} is ${lost}, which JSON cannot hold; pass plain data instead`);
}

function lossOf(value: unknown): string | undefined {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof Map || value instanceof Set) return `a ${value.constructor.name}`;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 'binary data';
  return undefined;
}
