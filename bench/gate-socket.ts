import type { WebSocket } from './web-socket.js';
import { openWebSocket } from './web-socket.js';

interface Frame {
  readonly seq: number;
  readonly registered?: { readonly clientId: string };
  readonly result?: { readonly payload?: unknown };
  readonly error?: { readonly message: string };
  readonly push?: { readonly message: { readonly data: { readonly text: string } } };
}

/** A client of a gate without a library: frames as plain JSON over a WebSocket (docs/wire.md). */
export class GateSocket {
  clientId = '';
  private seq = 0;
  private readonly waiting = new Map<number, { resolve: (frame: Frame) => void; reject: (error: Error) => void }>();

  private constructor(
    private readonly socket: WebSocket,
    private readonly onPush: (text: string) => void,
  ) {
    socket.on('message', (data) => this.receive(JSON.parse(data.toString()) as Frame));
  }

  /** Connects and registers. */
  static async open(httpAddress: string, onPush: (text: string) => void): Promise<GateSocket> {
    const socket = await openWebSocket(`ws://${httpAddress}/v1/connect`, ['goverse.json']);
    const client = new GateSocket(socket, onPush);
    client.clientId = (await client.ask({ register: {} })).registered?.clientId ?? '';
    return client;
  }

  async call(objectId: string, method: string, payload: unknown): Promise<unknown> {
    return (await this.ask({ call: { objectId, method, payload } })).result?.payload;
  }

  close(): void {
    this.socket.terminate();
  }

  private ask(frame: object): Promise<Frame> {
    const seq = ++this.seq;
    return new Promise((resolve, reject) => {
      this.waiting.set(seq, { resolve, reject });
      this.socket.send(JSON.stringify({ seq, ...frame }));
    });
  }

  private receive(frame: Frame): void {
    if (frame.push) return this.onPush(frame.push.message.data.text);
    const waiter = this.waiting.get(frame.seq);
    this.waiting.delete(frame.seq);
    if (frame.error) waiter?.reject(new Error(frame.error.message));
    else waiter?.resolve(frame);
  }
}
