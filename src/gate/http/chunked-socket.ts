import type { Socket } from 'node:net';
import type { EventOutlet } from './event-outlet.js';

const LINE_END = Buffer.from('\r\n');
const LAST_CHUNK = '0\r\n\r\n';

/** Goes on with the body of an answer whose head has been written, on the socket itself. Source: RFC 9112, 7.1. */
export class ChunkedSocket implements EventOutlet {
  constructor(
    private readonly socket: Socket,
    /** How long what is left to read may take at the end, milliseconds. */
    private readonly lingerMs: number,
  ) {
    socket.on('error', () => socket.destroy());
    // As Node's HTTP server does: who sends no more reads no more.
    socket.on('end', () => socket.end());
    // Nobody has anything to say behind an answer without an end; read all the same, to notice the end.
    socket.resume();
  }

  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  get writableEnded(): boolean {
    return this.socket.writableEnded;
  }

  write(bytes: Uint8Array): boolean {
    const head = Buffer.from(`${bytes.length.toString(16)}\r\n`);
    return this.socket.write(Buffer.concat([head, bytes, LINE_END]));
  }

  end(): void {
    this.socket.setTimeout(this.lingerMs, () => this.socket.destroy());
    this.socket.end(LAST_CHUNK);
  }

  destroy(): void {
    this.socket.destroy();
  }

  on(event: 'drain' | 'close', listener: () => void): void {
    this.socket.on(event, listener);
  }
}
