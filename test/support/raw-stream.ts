import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { RawFailure } from './raw-call.js';

/** How long a message may take. */
const LIMIT_MS = 60_000;

/** The messages of a server's stream, one after the other. */
export class RawStream<Message> {
  private readonly received: Message[] = [];
  private taken = 0;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(readonly stream: ClientReadableStream<Message>) {
    stream.on('data', (message: Message) => {
      this.received.push(message);
      this.wake?.();
    });
    stream.on('error', (error: ServiceError) => this.fail(new RawFailure(error)));
    stream.on('end', () => this.fail(new Error('The stream has ended')));
  }

  /** Messages that came and were not taken. */
  get waiting(): number {
    return this.received.length - this.taken;
  }

  get open(): boolean {
    return this.failure === undefined;
  }

  /** The next message; rejects when the stream ends before it. */
  async next(): Promise<Message> {
    await this.until(() => this.waiting > 0);
    if (this.waiting === 0) throw this.failure!;
    return this.received[this.taken++]!;
  }

  /** So many messages, in their order. */
  async take(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) messages.push(await this.next());
    return messages;
  }

  /** How the stream ended. */
  async ended(): Promise<Error> {
    await this.until(() => this.failure !== undefined);
    return this.failure!;
  }

  /** Reads no more, without saying so. */
  stopReading(): void {
    this.stream.pause();
  }

  cancel(): void {
    this.stream.cancel();
  }

  private async until(condition: () => boolean): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.wake?.();
    }, LIMIT_MS);
    while (!condition() && this.open && !late) await new Promise<void>((resolve) => (this.wake = resolve));
    clearTimeout(timer);
    if (late && !condition())
      throw new Error(`Nothing came on the stream within ${LIMIT_MS} ms, after ${this.received.length} messages`);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.wake?.();
  }
}
