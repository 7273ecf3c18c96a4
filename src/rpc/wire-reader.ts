import { EMPTY_BYTES } from '../core/index.js';

/** Texts that come again and again are kept: names, ids, stores. */
const KEPT_TEXTS = 2048;
const LONGEST_KEPT = 64;

const MOST_VARINT_BYTES = 10;
/** Groups within groups that are skipped. */
const MOST_GROUPS = 64;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads protobuf messages by hand. `tag` is set by `next`; a field that is not asked for, or is of another wire type, is
 * to be skipped. Throws on bytes that are no message; never reads beyond the end.
 */
export class WireReader {
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private readonly kept: (string | undefined)[] = Array.from({ length: KEPT_TEXTS });
  /** Field number and wire type, as they stand on the wire. */
  tag = 0;

  /** @param utf8 `strict`: a text that is no UTF-8 is an error. Default: what is none of it becomes U+FFFD. */
  constructor(private readonly utf8: 'strict' | 'lenient' = 'lenient') {}

  /** Begins with new bytes; returns where they end. */
  reset(bytes: Uint8Array): number {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
    return this.bytes.length;
  }

  /** Goes to the next field of the message that ends there; false at its end. */
  next(end: number): boolean {
    if (this.at >= end) {
      if (this.at > end) throw new RangeError('a field reaches beyond the end of its message');
      return false;
    }
    this.tag = this.uint32();
    if (this.tag >>> 3 === 0) throw new RangeError('there is no field 0');
    return true;
  }

  /** A number below 2^32; higher bits are dropped. */
  uint32(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError('a number is too long');
  }

  /** A number below 2^64, exact below 2^53. */
  uint64(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < MOST_VARINT_BYTES; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new RangeError('a number is too long');
  }

  flag(): boolean {
    return this.uint64() !== 0;
  }

  /** The end of the bytes, text or message that begins here. */
  length(): number {
    const length = this.uint32();
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('a length reaches beyond the end');
    return end;
  }

  /** A text that will hardly come again. */
  text(): string {
    const end = this.length();
    const begin = this.at;
    this.at = end;
    return begin === end ? '' : this.decoded(begin, end);
  }

  /** A text that comes often: the same string as last time, without decoding it. */
  known(): string {
    const end = this.length();
    const begin = this.at;
    const length = end - begin;
    this.at = end;
    if (length === 0) return '';
    if (length > LONGEST_KEPT) return this.decoded(begin, end);
    const { bytes } = this;
    let hash = length;
    for (let i = begin; i < end; i++) hash = Math.imul(hash, 31) + (bytes[i] as number);
    const place = (hash ^ (hash >>> 15)) & (KEPT_TEXTS - 1);
    const kept = this.kept[place];
    if (kept !== undefined && this.stands(kept, begin, length)) return kept;
    const text = this.decoded(begin, end);
    // Only what has one byte per character can be compared with the bytes.
    if (text.length === length) this.kept[place] = text;
    return text;
  }

  /** A view of the bytes, not a copy. */
  view(): Uint8Array {
    const end = this.length();
    const begin = this.at;
    this.at = end;
    return begin === end ? EMPTY_BYTES : this.bytes.subarray(begin, end);
  }

  /** Passes over the field at hand. */
  skip(): void {
    this.skipValue(this.tag, 0);
  }

  private decoded(begin: number, end: number): string {
    if (this.utf8 === 'strict') return strictUtf8.decode(this.bytes.subarray(begin, end));
    return this.bytes.toString('utf8', begin, end);
  }

  private skipValue(tag: number, groups: number): void {
    switch (tag & 7) {
      case 0:
        this.uint64();
        return;
      case 1:
        return this.forward(8);
      case 2:
        this.at = this.length();
        return;
      case 3:
        return this.skipGroup(tag, groups + 1);
      case 5:
        return this.forward(4);
      default:
        throw new RangeError(`there is no wire type ${tag & 7}`);
    }
  }

  private skipGroup(begin: number, groups: number): void {
    if (groups > MOST_GROUPS) throw new RangeError('groups are nested too deep');
    for (let tag = this.uint32(); tag !== begin + 1; tag = this.uint32()) this.skipValue(tag, groups);
  }

  private forward(count: number): void {
    this.at += count;
    if (this.at > this.bytes.length) throw new RangeError('a field reaches beyond the end');
  }

  private byte(): number {
    if (this.at >= this.bytes.length) throw new RangeError('the bytes end within a field');
    return this.bytes[this.at++] as number;
  }

  private stands(text: string, begin: number, length: number): boolean {
    if (text.length !== length) return false;
    for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== this.bytes[begin + i]) return false;
    return true;
  }
}
