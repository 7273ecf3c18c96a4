import { randomBytes } from 'node:crypto';

/** 20 characters of `[A-Za-z0-9_-]` with 120 random bits: client ids, call ids, start ids, generated object keys. */
export function uniqueId(): string {
  return randomBytes(15).toString('base64url');
}

/** Ends of ids, so that a number need not be written for each. */
const ENDS = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));

/** Ids that are unique too, and cheap to make one after the other: one random start, then a count. */
export class IdSequence {
  private readonly start = uniqueId();
  private thousand = -1;
  private prefix = '';
  private last = ENDS.length;

  next(): string {
    if (this.last === ENDS.length) {
      this.last = 0;
      this.prefix = `${this.start}.${++this.thousand}`;
    }
    return this.prefix + ENDS[this.last++];
  }
}

/** A random number in [0, 1): jitter of retries. */
export function randomFraction(): number {
  return randomBytes(4).readUInt32LE() / 2 ** 32;
}
