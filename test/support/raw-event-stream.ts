import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';

export interface RawEvent {
  readonly name: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** How long an event may take. */
const LIMIT_MS = 60_000;

/**
 * An event stream over a bare socket, so that reading can stop for real. HTTP/1.0 is asked for: the body then comes
 * without chunks. What breaks the rules of the stream (an `event:` line and one `data:` line of JSON each, LF ends)
 * throws.
 */
export class RawEventStream {
  private head = '';
  private text = '';
  private ended = false;
  private wake: (() => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      this.text += chunk;
      this.wake?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
      this.wake?.();
    });
  }

  static async open(
    httpAddress: string,
    headers: Readonly<Record<string, string>> = {},
    path = '/v1/events',
  ): Promise<RawEventStream> {
    const [host, port] = httpAddress.split(':');
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    const stream = new RawEventStream(socket);
    const lines = [
      `GET ${path} HTTP/1.0`,
      `Host: ${httpAddress}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    await stream.until(() => stream.text.includes('\r\n\r\n'));
    const end = stream.text.indexOf('\r\n\r\n');
    stream.head = stream.text.slice(0, end);
    stream.text = stream.text.slice(end + 4);
    return stream;
  }

  get statusLine(): string {
    return this.head.split('\r\n', 1)[0]!;
  }

  header(name: string): string | undefined {
    const line = this.head.split('\r\n').find((each) => each.toLowerCase().startsWith(`${name}:`));
    return line?.slice(name.length + 1).trim();
  }

  /** The next event that is no heartbeat. */
  async next(): Promise<RawEvent> {
    for (;;) {
      await this.until(() => this.text.includes('\n\n') || this.ended);
      const end = this.text.indexOf('\n\n');
      if (end < 0) throw new Error(`The stream ended with ${JSON.stringify(this.text)}`);
      const block = this.text.slice(0, end);
      this.text = this.text.slice(end + 2);
      const event = readEvent(block);
      if (event.name !== 'heartbeat') return event;
    }
  }

  async take(count: number): Promise<RawEvent[]> {
    const events: RawEvent[] = [];
    while (events.length < count) events.push(await this.next());
    return events;
  }

  /** Reads no more, without saying so. */
  stopReading(): void {
    this.socket.pause();
  }

  close(): void {
    this.socket.destroy();
  }

  private async until(condition: () => boolean): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.wake?.();
    }, LIMIT_MS);
    while (!condition() && !this.ended && !late) await new Promise<void>((resolve) => (this.wake = resolve));
    clearTimeout(timer);
    if (!condition() && late) throw new Error(`No event within ${LIMIT_MS} ms`);
  }
}

const EVENT =
  /^(?:id: ([^\n\r]*)\n)?event: ([a-z_]+)(?:\nid: ([^\n\r]*))?\ndata: ([^\n\r]+)(?:\nid: ([^\n\r]*))?(?:\nretry: \d+)?$/;

function readEvent(block: string): RawEvent {
  const match = EVENT.exec(block);
  if (!match) throw new Error(`This event breaks the rules: ${JSON.stringify(block.slice(0, 300))}`);
  const [, before, name, between, data, after] = match;
  return { name: name!, id: before ?? between ?? after, data: JSON.parse(data!) as unknown };
}
