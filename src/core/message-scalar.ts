/** Integers in the two halves protobufjs writes and reads. */
export interface LongHalves {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

const INTEGER_RANGES: Record<string, readonly [bigint, bigint]> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
};

/** True for the protobuf types of 64-bit integers. */
export function isLongType(type: string): boolean {
  return type.endsWith('64') && type in INTEGER_RANGES;
}

/** True if a protobuf field of that scalar type can hold exactly this value (`float`: rounded to its precision). */
export function fitsScalar(type: string, value: unknown): boolean {
  const range = INTEGER_RANGES[type];
  if (range) return fitsInteger(value, range);
  switch (type) {
    case 'double':
      return typeof value === 'number';
    case 'float':
      return typeof value === 'number' && (!Number.isFinite(value) || Number.isFinite(Math.fround(value)));
    case 'bool':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string' && value.isWellFormed();
    case 'bytes':
      return value instanceof Uint8Array;
    default:
      return false;
  }
}

/**
 * The value a JSON form stands for: proto3 JSON writes 64-bit integers and non-finite numbers as strings and bytes as
 * base64. Anything else is returned as it is.
 */
export function fromJsonScalar(type: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (type in INTEGER_RANGES) return /^-?\d{1,20}$/.test(value) ? narrow(BigInt(value)) : value;
  if (type === 'double' || type === 'float') return fromJsonNumber(value);
  if (type === 'bytes') return fromBase64(value) ?? value;
  return value;
}

/** What proto3 JSON writes for a scalar. */
export function toJsonScalar(type: string, value: unknown): unknown {
  if (isLongType(type)) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** A fitting value as protobufjs writes it. */
export function toWireScalar(type: string, value: unknown): unknown {
  if (!isLongType(type)) return typeof value === 'bigint' ? Number(value) : value;
  const bits = BigInt.asUintN(64, BigInt(value as number | bigint));
  return {
    low: Number(BigInt.asIntN(32, bits)),
    high: Number(BigInt.asIntN(32, bits >> 32n)),
    unsigned: type.startsWith('u'),
  };
}

/** What protobufjs read, as a method sees it: 64-bit integers as `bigint` only when no number holds them, bytes copied. */
export function fromWireScalar(type: string, value: unknown): unknown {
  if (isLongType(type)) return typeof value === 'number' ? value : fromHalves(value as LongHalves, unsigned(type));
  if (type === 'bytes') return Uint8Array.from(value as Uint8Array);
  return value;
}

/** An integer as a number if it is a safe one. */
function narrow(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function fromHalves({ low, high }: LongHalves, asUnsigned: boolean): number | bigint {
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return narrow(asUnsigned ? bits : BigInt.asIntN(64, bits));
}

function unsigned(type: string): boolean {
  return type === 'uint64' || type === 'fixed64';
}

function fitsInteger(value: unknown, [min, max]: readonly [bigint, bigint]): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && BigInt(value) >= min && BigInt(value) <= max;
  return typeof value === 'bigint' && value >= min && value <= max;
}

function fromJsonNumber(text: string): unknown {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text);
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

function fromBase64(text: string): Uint8Array | undefined {
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) ? Uint8Array.from(Buffer.from(text, 'base64')) : undefined;
}
