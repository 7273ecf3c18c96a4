import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';

export type JsonFrame = Record<string, unknown> & { seq: number };

/** How long a frame may take. */
const LIMIT_MS = 60_000;

/** A WebSocket of a gate, read frame by frame, with the package `ws` and nothing of ours. */
export class RawWebSocket {
  private readonly frames: JsonFrame[] = [];
  private wake: (() => void) | undefined;
  /** Close code and text, as soon as it is closed. */
  closed: { code: number; text: string } | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as JsonFrame);
      this.wake?.();
    });
    socket.on('close', (code, text) => {
      this.closed = { code, text: text.toString() };
      this.wake?.();
    });
    socket.on('error', () => {});
  }

  /** Resolves when it is open; rejects with the status and body of a refusal. */
  static open(url: string, protocols: string[] = [], options: object = {}): Promise<RawWebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, protocols, options);
      const raw = new RawWebSocket(socket);
      socket.on('open', () => resolve(raw));
      socket.on('error', reject);
      socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (part: Buffer) => (body += part.toString()));
        response.on('end', () => reject(new WebSocketRefusal(response.statusCode ?? 0, body)));
      });
    });
  }

  send(...frames: object[]): void {
    for (const frame of frames) this.socket.send(JSON.stringify(frame));
  }

  /** The next frame; rejects when the connection closes before it. */
  async next(): Promise<JsonFrame> {
    await this.until(() => this.frames.length > 0);
    const frame = this.frames.shift();
    if (frame) return frame;
    throw new Error(`The WebSocket was closed: ${JSON.stringify(this.closed)}`);
  }

  async take(count: number): Promise<JsonFrame[]> {
    const frames: JsonFrame[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  async register(seq = 1_000_000): Promise<{ clientId: string; token: string; resumed: boolean }> {
    this.send({ seq, register: {} });
    const frame = await this.next();
    if (frame['registered']) return frame['registered'] as { clientId: string; token: string; resumed: boolean };
    throw new Error(`Not registered: ${JSON.stringify(frame)}`);
  }

  /** How it was closed. */
  async ended(): Promise<{ code: number; text: string }> {
    await this.until(() => this.closed !== undefined);
    return this.closed!;
  }

  close(): void {
    this.socket.terminate();
  }

  private async until(condition: () => boolean): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.wake?.();
    }, LIMIT_MS);
    while (!condition() && !this.closed && !late) await new Promise<void>((resolve) => (this.wake = resolve));
    clearTimeout(timer);
    if (late) throw new Error(`Nothing came on the WebSocket within ${LIMIT_MS} ms`);
  }
}

/** What a gate answered instead of an upgrade. */
export class WebSocketRefusal extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`${status}: ${body}`);
  }

  get problem(): Record<string, unknown> {
    return JSON.parse(this.body) as Record<string, unknown>;
  }
}

/** A TCP connection that has been upgraded by hand, for bytes no library would send. Resolves with what follows the handshake. */
export async function upgradedSocket(http: string): Promise<Socket> {
  const { hostname, port, host } = new URL(http);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(
    `GET /v1/connect HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  let head = '';
  while (!head.includes('\r\n\r\n')) head += String(await new Promise((resolve) => socket.once('data', resolve)));
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(head);
  return socket;
}

/** One frame of a client as RFC 6455, 5.2 has it, masked with zeros. */
export function webSocketFrame(opcode: number, payload: Buffer, { final = true, masked = true } = {}): Buffer {
  const length = payload.length;
  const mask = masked ? 0x80 : 0;
  const head =
    length < 126
      ? Buffer.from([(final ? 0x80 : 0) | opcode, mask | length])
      : length < 65_536
        ? Buffer.from([(final ? 0x80 : 0) | opcode, mask | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode, mask | 127, 0, 0, 0, 0]), uint32(length)]);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
