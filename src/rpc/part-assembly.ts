import type { LinkPart } from './link-frames.js';

/** Puts the parts of one long message together; a peer sends one such message at a time. */
export class PartAssembly {
  private seq = 0;
  private parts: Uint8Array[] = [];
  private bytes = 0;

  /** @param maxBytes of a message; what is longer cannot be one */
  constructor(private readonly maxBytes: number) {}

  /** The whole message with its last part. Throws `RangeError` on what a peer does not send. */
  add({ seq, bytes, last }: LinkPart): Uint8Array | undefined {
    if (this.parts.length > 0 && seq !== this.seq) throw new RangeError('parts of two messages are mixed');
    if (bytes.length === 0) throw new RangeError('a part is empty');
    this.bytes += bytes.length;
    if (this.bytes > this.maxBytes) throw new RangeError(`a message in parts is longer than ${this.maxBytes} bytes`);
    this.seq = seq;
    this.parts.push(bytes);
    if (!last) return undefined;
    const whole = Buffer.concat(this.parts);
    this.clear();
    return whole;
  }

  /** The rest of this message does not come. */
  drop(seq: number): void {
    if (this.parts.length > 0 && seq === this.seq) this.clear();
  }

  private clear(): void {
    this.parts = [];
    this.bytes = 0;
  }
}
