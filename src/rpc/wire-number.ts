/** A 64-bit integer as protobufjs decodes it: a number, or a `Long` when that package is installed. */
export type WireNumber = number | { toNumber(): number };

/** The value as a number; exact up to 2^53, which our ids and revisions stay below. */
export function wholeNumber(value: WireNumber): number {
  return typeof value === 'number' ? value : value.toNumber();
}
