/** The part of a grpc-js server stream that a registration writes to; it carries encoded envelopes. */
export interface GateSink {
  write(message: Buffer): boolean;
  end(): unknown;
  on(event: 'drain' | 'close' | 'cancelled', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Bytes that may wait for one gate, whatever the number of messages. */
export const GATE_QUEUE_BYTES = 64 * 1024 * 1024;

/**
 * The registration stream of one gate, with what waits while the gate reads slowly. A message that finds the queue full
 * is refused; nothing waits for the gate.
 */
export class GateStream {
  private queue: Buffer[] = [];
  private queuedBytes = 0;
  private congested = false;
  private ended = false;
  private finishing = false;

  constructor(
    private readonly sink: GateSink,
    /** Messages that may wait. */
    private readonly limit: number,
    /** Called once, when the stream ends for whatever reason. */
    private readonly onEnd: () => void,
  ) {
    sink.on('drain', () => this.drained());
    sink.on('error', () => this.end());
    for (const event of ['cancelled', 'close'] as const) sink.on(event, () => this.end());
  }

  /** Messages that wait. */
  get queued(): number {
    return this.queue.length;
  }

  /**
   * Takes a message for the gate; false = the queue is full, or the stream has ended. Keeps the order. `backlog`: it was
   * taken before and must not be refused now, whatever waits.
   */
  push(message: Buffer, backlog = false): boolean {
    if (this.ended || this.finishing) return false;
    if (!this.congested) {
      this.congested = !this.sink.write(message);
      return true;
    }
    const full = this.queue.length >= this.limit || this.queuedBytes + message.length > GATE_QUEUE_BYTES;
    if (full && !backlog) return false;
    this.queue.push(message);
    this.queuedBytes += message.length;
    return true;
  }

  /** Takes nothing more, and ends the stream when what waits has been sent. */
  finish(): void {
    this.finishing = true;
    if (this.queue.length === 0) this.end();
  }

  /** Ends the stream and frees what waits. Idempotent. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.queue = [];
    this.queuedBytes = 0;
    this.sink.end();
    this.onEnd();
  }

  private drained(): void {
    this.congested = false;
    let sent = 0;
    while (!this.congested && sent < this.queue.length) {
      const message = this.queue[sent++] as Buffer;
      this.queuedBytes -= message.length;
      this.congested = !this.sink.write(message);
    }
    this.queue.splice(0, sent);
    if (this.finishing && this.queue.length === 0) this.end();
  }
}
