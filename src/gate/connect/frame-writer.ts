import type { FrameCarrier } from './frame-carrier.js';

/** Frames leave at once when this much waits, and in batches of about this size. */
const BATCH_BYTES = 63 * 1024;

/** From here on the client is to read before it is read. */
const FULL_BYTES = 1024 * 1024;

/** Answers of requests that run pile up to here, for a client that reads nothing; or to so many of the largest ones. */
const OVERFLOW_BYTES = 16 * 1024 * 1024;
const OVERFLOW_PAYLOADS = 4;

/**
 * The answers that wait to be written to one stream. They leave together when the turn of the event loop ends: a single
 * answer at once, a burst in one write.
 */
export class FrameWriter {
  private frames: Uint8Array[] = [];
  private waitingBytes = 0;
  private congested = false;
  private scheduled: NodeJS.Immediate | undefined;

  constructor(
    private readonly carrier: Pick<FrameCarrier, 'send'>,
    private readonly maxPayloadBytes: number,
  ) {}

  get empty(): boolean {
    return this.frames.length === 0;
  }

  get full(): boolean {
    return this.waitingBytes >= FULL_BYTES;
  }

  /** More waits than a client that reads could have left behind. */
  get overflowing(): boolean {
    return this.waitingBytes > Math.max(OVERFLOW_BYTES, OVERFLOW_PAYLOADS * this.maxPayloadBytes);
  }

  /** Takes a frame that leaves with the next `flush`, whoever asks for it. */
  put(frame: Uint8Array): void {
    // Who waits for long must not hold the buffer that frames of other streams lie in.
    this.frames.push(this.congested ? new Uint8Array(frame) : frame);
    this.waitingBytes += frame.length;
  }

  add(frame: Uint8Array): void {
    this.put(frame);
    if (this.congested) return;
    if (this.waitingBytes >= BATCH_BYTES) this.flush();
    else this.scheduled ??= setImmediate(() => this.flush());
  }

  /** Writes what waits, as far as the stream takes it; false: not all of it, or no more. */
  flush(): boolean {
    if (this.scheduled) clearImmediate(this.scheduled);
    this.scheduled = undefined;
    while (!this.congested && this.frames.length > 0) this.congested = !this.carrier.send(this.takeBatch());
    return !this.congested;
  }

  /** The stream takes frames again. */
  drained(): void {
    this.congested = false;
    this.flush();
  }

  /** Nothing is written any more. */
  close(): void {
    this.congested = true;
    this.frames = [];
    this.waitingBytes = 0;
    if (this.scheduled) clearImmediate(this.scheduled);
  }

  private takeBatch(): Uint8Array[] {
    let bytes = 0;
    let count = 0;
    while (count < this.frames.length && (count === 0 || bytes < BATCH_BYTES))
      bytes += (this.frames[count++] as Uint8Array).length;
    this.waitingBytes -= bytes;
    return this.frames.splice(0, count);
  }
}
