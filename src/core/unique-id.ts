import { randomBytes } from 'node:crypto';

/** 20 characters of `[A-Za-z0-9_-]` with 120 random bits: client ids, call ids, start ids, generated object keys. */
export function uniqueId(): string {
  return randomBytes(15).toString('base64url');
}

/** Ids that are unique too, and cheap to make one after the other: one random start, then a count. */
export class IdSequence {
  private readonly start = uniqueId();
  private last = 0;

  next(): string {
    return `${this.start}.${++this.last}`;
  }
}

/** A random number in [0, 1): jitter of retries. */
export function randomFraction(): number {
  return randomBytes(4).readUInt32LE() / 2 ** 32;
}
