/** Bytes of one slab; frames are cut out of it, so that few buffers are allocated. */
const SLAB_BYTES = 256 * 1024;

/** Room that must be left in a slab for it to take another frame. */
const ENOUGH_BYTES = 72 * 1024;

/** Texts up to so many characters are written character by character, which is faster than to ask for it. */
const SHORT_TEXT = 48;

/** Values up to here take one byte as a varint. */
const ONE_BYTE = 0x80;

/** UTF-8 never takes more per UTF-16 unit. */
const BYTES_PER_CHAR = 3;

const TWO_32 = 2 ** 32;

/**
 * Writes protobuf messages by hand: tag and value, in one pass, without objects in between. Lengths of nested messages
 * are filled in when they are known. Source: https://protobuf.dev/programming-guides/encoding.
 */
export class WireWriter {
  private slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  private start = 0;
  private at = 0;

  /** Begins a message, with so many bytes in front left free; what was written and not finished is dropped. */
  reset(headBytes = 0): this {
    this.at = this.start;
    if (this.slab.length - this.start < ENOUGH_BYTES) this.newSlab(SLAB_BYTES);
    this.at = this.start + headBytes;
    return this;
  }

  /** What has been written since `reset`. The bytes stay as they are. */
  finish(): Buffer {
    const { start, at } = this;
    this.start = at;
    return this.slab.subarray(start, at);
  }

  /** A field of type uint32, uint64 (below 2^53), bool or enum; 0 is left out, as proto3 does. */
  number(field: number, value: number): void {
    if (value !== 0) this.optional(field, value);
  }

  /** The same for an `optional` field: there also if it is 0. */
  optional(field: number, value: number): void {
    this.reserve(16);
    this.varint(field << 3);
    this.varint(value);
  }

  flag(field: number, value: boolean | undefined): void {
    if (value === true) this.number(field, 1);
  }

  /** A text field; an empty one is left out. */
  text(field: number, value: string | undefined): void {
    if (value) this.element(field, value);
  }

  /** An element of a repeated text field: there also if it is empty. */
  element(field: number, value: string): void {
    const { length } = value;
    this.reserve(length * BYTES_PER_CHAR + 16);
    this.varint((field << 3) | 2);
    if (length > SHORT_TEXT || !this.ascii(value)) this.utf8(value);
  }

  /** A field of bytes; empty ones are left out. */
  bytes(field: number, value: Uint8Array): void {
    if (value.length > 0) this.message(field, value);
  }

  /** A nested message that is encoded already: there also if it is empty. */
  message(field: number, value: Uint8Array): void {
    this.reserve(value.length + 16);
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.slab.set(value, this.at);
    this.at += value.length;
  }

  /** Begins a nested message; give what it returns to `close`. */
  open(field: number): number {
    this.reserve(16);
    this.varint((field << 3) | 2);
    // Most nested messages are shorter than 16 KiB and longer than 127 bytes.
    this.at += 2;
    return this.at - this.start;
  }

  close(opened: number): void {
    // A slab that was too small has moved what was written.
    this.reserve(8);
    const begin = this.start + opened;
    const length = this.at - begin;
    const needed = varintBytes(length);
    if (needed !== 2) this.slab.copyWithin(begin - 2 + needed, begin, this.at);
    this.at = begin - 2;
    this.varint(length);
    this.at += length;
  }

  /** Writes a short text of ASCII with its length; false if it is something else. */
  private ascii(value: string): boolean {
    const { slab } = this;
    const { length } = value;
    const from = this.at + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= ONE_BYTE) return false;
      slab[from + i] = code;
    }
    slab[this.at] = length;
    this.at = from + length;
    return true;
  }

  private utf8(value: string): void {
    const most = value.length * BYTES_PER_CHAR;
    this.varint(most < ONE_BYTE ? 0 : Buffer.byteLength(value));
    const written = this.slab.write(value, this.at, 'utf8');
    if (most < ONE_BYTE) this.slab[this.at - 1] = written;
    this.at += written;
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= TWO_32) {
      this.slab[this.at++] = (rest % ONE_BYTE) | ONE_BYTE;
      rest = Math.floor(rest / ONE_BYTE);
    }
    rest >>>= 0;
    while (rest >= ONE_BYTE) {
      this.slab[this.at++] = (rest & 0x7f) | ONE_BYTE;
      rest >>>= 7;
    }
    this.slab[this.at++] = rest;
  }

  private reserve(bytes: number): void {
    if (this.slab.length - this.at < bytes) this.newSlab(Math.max(SLAB_BYTES, (this.at - this.start + bytes) * 2));
  }

  /** What belongs to the message at hand moves along. */
  private newSlab(size: number): void {
    const slab = Buffer.allocUnsafeSlow(size);
    if (this.at > this.start) this.slab.copy(slab, 0, this.start, this.at);
    this.at -= this.start;
    this.start = 0;
    this.slab = slab;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= ONE_BYTE; rest = Math.floor(rest / ONE_BYTE)) bytes++;
  return bytes;
}
