import type { MessageStream } from '../../support/etcd-raw-client.js';
import { bytes, plain, type Plain } from './contract-api.js';

/** A watch stream whose answers are taken one by one, in the order they came. */
export class WatchProbe {
  private readonly answers: Plain[] = [];
  private wake: () => void = () => undefined;
  private failure: Error | undefined;

  constructor(private readonly stream: MessageStream) {
    stream.on('data', (message: unknown) => {
      this.answers.push(plain(message) as Plain);
      this.wake();
    });
    stream.on('error', (error: Error) => {
      this.failure = error;
      this.wake();
    });
  }

  create(request: Plain): void {
    this.stream.write(bytes({ create_request: request }) as Plain);
  }

  cancel(watchId: string): void {
    this.stream.write({ cancel_request: { watch_id: watchId } });
  }

  requestProgress(): void {
    this.stream.write({ progress_request: {} });
  }

  /** The next answer; the test's own time limit bounds the wait. */
  async next(): Promise<Plain> {
    for (;;) {
      const answer = this.answers.shift();
      if (answer !== undefined) return answer;
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Creates a watcher and returns the answer that confirms it. */
  created(request: Plain): Promise<Plain> {
    this.create(request);
    return this.next();
  }

  /** The next `count` events of the stream, whatever answers they come in. */
  async events(count: number): Promise<Plain[]> {
    const events: Plain[] = [];
    while (events.length < count) events.push(...((await this.next())['events'] as Plain[]));
    return events;
  }

  /** Stops reading, so that the server has to wait, until `read`. */
  stopReading(): void {
    this.stream.pause();
  }

  read(): void {
    this.stream.resume();
  }

  close(): void {
    this.stream.on('error', () => undefined);
    this.stream.cancel();
  }
}

/** `put key=value@revision` or `delete key@revision`. */
export function eventText(event: Plain): string {
  const kv = event['kv'] as { key: string; value: string; mod_revision: string };
  return event['type'] === 'Put'
    ? `put ${kv.key}=${kv.value}@${kv.mod_revision}`
    : `delete ${kv.key}@${kv.mod_revision}`;
}
