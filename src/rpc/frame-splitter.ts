const LENGTH_BYTES = 4;

/**
 * Cuts bytes that arrive in pieces of any length into frames. In front of each stands a head whose last four bytes are its
 * length, the highest first.
 */
export class FrameSplitter {
  private parts: Buffer[] = [];
  private partBytes = 0;
  /** With its head, as far as it is known. */
  private wanted: number;
  private halted = false;

  /** @param onFrame gets each frame without its head, a view of the bytes that arrived */
  constructor(
    private readonly headBytes: number,
    private readonly maxFrameBytes: number,
    private readonly onFrame: (frame: Buffer) => void,
  ) {
    this.wanted = headBytes;
  }

  /** Throws `RangeError` for a frame that says it is longer than `maxFrameBytes`. */
  take(chunk: Buffer): void {
    if (this.halted || this.partBytes + chunk.length < this.wanted) return this.keep(chunk);
    const bytes = this.partBytes > 0 ? this.joinedWith(chunk) : chunk;
    const { headBytes } = this;
    let at = 0;
    while (!this.halted && bytes.length - at >= headBytes) {
      const length = bytes.readUInt32BE(at + headBytes - LENGTH_BYTES);
      if (length > this.maxFrameBytes) throw new RangeError(`a frame of ${length} bytes is too long`);
      this.wanted = headBytes + length;
      const end = at + this.wanted;
      if (end > bytes.length) break;
      at = end;
      this.onFrame(bytes.subarray(end - length, end));
    }
    if (this.halted || bytes.length - at < headBytes) this.wanted = headBytes;
    this.keep(at === 0 ? bytes : bytes.subarray(at));
  }

  /** No more frames until `goOn`, not even those that are here. */
  halt(): void {
    this.halted = true;
  }

  goOn(): void {
    this.halted = false;
    if (this.partBytes > 0) this.take(this.joinedWith(Buffer.alloc(0)));
  }

  private keep(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.parts.push(chunk);
    this.partBytes += chunk.length;
  }

  private joinedWith(chunk: Buffer): Buffer {
    const bytes = Buffer.concat([...this.parts, chunk]);
    this.parts = [];
    this.partBytes = 0;
    return bytes;
  }
}
