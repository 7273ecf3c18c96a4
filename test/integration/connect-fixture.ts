import type { ClientDuplexStream } from '@grpc/grpc-js';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { ChannelOptions, Client } from '@grpc/grpc-js';
import { loadProto } from '../../src/rpc/index.js';
import { metadataOf } from './gate-fixture.js';
import type { TestGate } from './gate-fixture.js';

/** A `ServerFrame` as the generated messages read it. */
export interface Frame {
  seq: number;
  frame?: string;
  registered?: { clientId: string; token: string; resumed: boolean };
  result?: { payload: Buffer; objectId: string; created: boolean };
  error?: { reason: string; code: number; message: string; detailsJson: string; retryAfterMs: number };
  push?: { pushSeq: number; message: { type_url: string; value: Buffer } };
  goingAway?: { reconnectAfterMs: number };
  pong?: object;
}

const ClientService = makeGenericClientConstructor(loadProto().client, 'ClientService');

/** A `Connect` stream over a connection of its own. */
export class ConnectStream {
  readonly stream: ClientDuplexStream<object, Frame>;
  readonly status: Promise<{ code: number; details: string; metadata: { get(key: string): unknown[] } }>;
  private readonly client: Client;
  private readonly frames: AsyncIterator<Frame>;

  constructor(address: string, headers: Record<string, string> = {}, more: ChannelOptions = {}) {
    const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_receive_message_length': -1, ...more };
    this.client = new ClientService(address, credentials.createInsecure(), options) as unknown as Client;
    const open = (this.client as unknown as Record<string, (metadata: object) => ClientDuplexStream<object, Frame>>)[
      'Connect'
    ]!;
    this.stream = open.call(this.client, metadataOf(headers));
    this.status = new Promise((resolve) => this.stream.on('status', resolve));
    this.stream.on('error', () => {});
    this.frames = this.stream[Symbol.asyncIterator]();
  }

  send(...frames: object[]): void {
    for (const frame of frames) this.stream.write(frame);
  }

  async next(): Promise<Frame> {
    const { value, done } = await this.frames.next();
    if (done) throw new Error('The stream has ended');
    return value;
  }

  async take(count: number): Promise<Frame[]> {
    const frames: Frame[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  async register(seq = 1_000_000): Promise<{ clientId: string; token: string; resumed: boolean }> {
    this.send({ seq, register: {} });
    const { registered, ...rest } = await this.next();
    if (!registered) throw new Error(`Not registered: ${JSON.stringify(rest)}`);
    return registered;
  }

  close(): void {
    this.stream.cancel();
    this.client.close();
  }
}

export const connectTo = (gate: TestGate, headers?: Record<string, string>, options?: ChannelOptions): ConnectStream =>
  new ConnectStream(gate.runtime.address, headers, options);

/** A call with JSON. */
export function call(seq: number, objectId: string, method: string, argument?: unknown, more: object = {}): object {
  const payload = argument === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(argument));
  return { seq, call: { objectId, method, payload, ...more } };
}

/** What a result says. */
export function valueOf({ result, ...rest }: Frame): unknown {
  if (!result) throw new Error(`No result: ${JSON.stringify(rest)}`);
  return result.payload.length === 0 ? undefined : JSON.parse(result.payload.toString());
}
