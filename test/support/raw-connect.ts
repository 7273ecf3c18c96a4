import { credentials } from '@grpc/grpc-js';
import type { Client, ClientDuplexStream } from '@grpc/grpc-js';
import { ClientServiceClient } from './raw-protocol.js';
import type { RawAny } from './raw-protocol.js';
import { RawStream } from './raw-stream.js';

/** A `ServerFrame` as docs/wire.md describes it. */
export interface RawFrame {
  readonly seq: number;
  readonly frame: 'registered' | 'result' | 'error' | 'push' | 'going_away' | 'pong';
  readonly registered?: { client_id: string; token: string; resumed: boolean };
  readonly result?: { payload: Buffer; object_id: string; created: boolean };
  readonly error?: { reason: string; code: number; message: string; details_json: string };
  readonly push?: { push_seq: number; message: RawAny };
  readonly going_away?: { reconnect_after_ms: number };
}

/** A `Connect` stream over a connection of its own, with grpc-js and nothing else. */
export class RawConnect {
  readonly frames: RawStream<RawFrame>;
  private readonly client: Client;
  private readonly stream: ClientDuplexStream<object, RawFrame>;

  constructor(gateAddress: string) {
    this.client = new ClientServiceClient(gateAddress, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    const open = (this.client as unknown as { Connect: () => ClientDuplexStream<object, RawFrame> }).Connect;
    this.stream = open.call(this.client);
    this.frames = new RawStream(this.stream);
  }

  send(...frames: object[]): void {
    for (const frame of frames) this.stream.write(frame);
  }

  /** Calls with JSON. */
  call(seq: number, object_id: string, method: string, argument?: unknown): void {
    const payload = argument === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(argument));
    this.send({ seq, call: { object_id, method, payload } });
  }

  async register(seq = 1_000_000): Promise<{ client_id: string; token: string }> {
    this.send({ seq, register: {} });
    const frame = await this.frames.next();
    if (frame.registered && frame.seq === seq) return frame.registered;
    throw new Error(`Not registered: ${JSON.stringify(frame)}`);
  }

  /** No more requests. */
  halfClose(): void {
    this.stream.end();
  }

  close(): void {
    this.frames.cancel();
    this.client.close();
  }
}

/** What the payload of a result says. */
export function valueOf(frame: RawFrame): unknown {
  if (!frame.result) throw new Error(`No result: ${JSON.stringify(frame)}`);
  const { payload } = frame.result;
  return payload.length === 0 ? undefined : (JSON.parse(payload.toString()) as unknown);
}
