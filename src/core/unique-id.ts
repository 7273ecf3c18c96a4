import { randomBytes } from 'node:crypto';

const ID_BYTES = 15;

/** To ask for random bytes costs much more than the bytes: those of many ids are taken at a time. */
const IDS_AT_A_TIME = 128;

let bytes = Buffer.alloc(0);
let used = 0;

/** 20 characters of `[A-Za-z0-9_-]` with 120 random bits: client ids, call ids, start ids, generated object keys. */
export function uniqueId(): string {
  if (used === bytes.length) {
    bytes = randomBytes(ID_BYTES * IDS_AT_A_TIME);
    used = 0;
  }
  const from = used;
  used += ID_BYTES;
  return bytes.toString('base64url', from, used);
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

/** 256 random bits. */
export function newSecret(): Buffer {
  return randomBytes(32);
}
