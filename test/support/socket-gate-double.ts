import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';

type Json = Record<string, unknown>;

/** A frame as a client sent it: `{ seq, call: {...} }` and the like. */
export type ReceivedFrame = Json & { readonly seq: number };

/** `GET /v1/connect` in plain JSON, written from the wire document alone; answers are what the test says. */
export class SocketGateDouble {
  readonly frames: ReceivedFrame[] = [];
  readonly upgrades: IncomingMessage[] = [];
  readonly sockets = new Set<WebSocket>();
  /** What a call is answered with; undefined: nothing. */
  onCall: (call: Json, frame: ReceivedFrame) => Json | undefined = () => ({ result: {} });
  onRegister: (register: Json) => Json = (register) => this.register(register);
  /** Lets clients go on under their id, with what they missed. */
  resumes = false;
  private readonly history: Json[] = [];
  private registered = 0;

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket, request) => this.accept(socket, request));
  }

  static async start(port = 0): Promise<SocketGateDouble> {
    const server = new WebSocketServer({ port, host: '127.0.0.1', path: '/v1/connect' });
    await once(server, 'listening');
    return new SocketGateDouble(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** The frames of one kind, without what names them. */
  received(kind: string): unknown[] {
    return this.frames.filter((frame) => frame[kind] !== undefined).map((frame) => frame[kind]);
  }

  /** The next push of the client's history; it is kept also while nobody is connected. */
  push(type: string, data: unknown): void {
    const frame = { seq: 0, push: { pushSeq: this.history.length + 1, message: { type, data } } };
    this.history.push(frame);
    this.sendAll(frame);
  }

  /** Sends a frame, or whatever else, to every client. */
  sendAll(frame: unknown): void {
    for (const socket of this.sockets) send(socket, frame);
  }

  /** Breaks every connection without a word. */
  cut(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  stop(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: WebSocket, request: IncomingMessage): void {
    this.upgrades.push(request);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('message', (data) => this.take(socket, JSON.parse(String(data as Buffer)) as ReceivedFrame));
  }

  private take(socket: WebSocket, frame: ReceivedFrame): void {
    this.frames.push(frame);
    const { seq } = frame;
    const request = (frame['call'] ?? frame['create'] ?? frame['delete']) as Json | undefined;
    const answer = request && this.onCall(request, frame);
    if (answer) send(socket, { seq, ...answer });
    if (frame['ping']) send(socket, { seq, pong: {} });
    if (frame['register']) this.answerRegister(socket, seq, frame['register'] as Json);
  }

  private answerRegister(socket: WebSocket, seq: number, register: Json): void {
    const answer = this.onRegister(register);
    send(socket, { seq, ...answer });
    if (!(answer['registered'] as Json | undefined)?.['resumed']) return;
    for (const push of this.history.slice(register['received'] as number)) send(socket, push);
  }

  private register({ resumeToken }: Json): Json {
    const resumed = this.resumes && typeof resumeToken === 'string';
    const number = resumed ? resumeToken.slice('token-'.length) : String(++this.registered);
    return { registered: { clientId: `127.0.0.1:49000/client-${number}`, token: `token-${number}`, resumed } };
  }
}

function send(socket: WebSocket, frame: unknown): void {
  socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
}
