import { credentials } from '@grpc/grpc-js';
import type { Client } from '@grpc/grpc-js';
import { callUnary, openStream } from './raw-call.js';
import type { RawCall, RawCallOptions } from './raw-call.js';
import { ClientServiceClient, readAny } from './raw-protocol.js';
import type { RawAny } from './raw-protocol.js';
import { RawStream } from './raw-stream.js';

/** A client of a gate, registered: its name, its proof, its stream. */
export interface Registration {
  readonly clientId: string;
  readonly token: string;
  readonly stream: RawStream<RawAny>;
}

export interface RawClientCall extends RawCallOptions {
  readonly type?: string;
  readonly clientId?: string;
  readonly timeoutMs?: number;
}

/** `goverse.client.ClientService` with grpc-js and nothing else. One client is one connection. */
export class RawClient {
  private readonly client: Client;

  constructor(gateAddress: string) {
    // Channels to one address share their connection unless told otherwise.
    this.client = new ClientServiceClient(gateAddress, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Opens the stream; resolves when its first message has come. */
  async register(headers?: Readonly<Record<string, string>>): Promise<Registration> {
    const stream = new RawStream<RawAny>(openStream<RawAny>(this.client, 'Register', {}, headers));
    const { type, message } = readAny(await stream.next());
    if (type !== 'goverse.client.RegisterResponse') throw new Error(`The first message is a ${type}`);
    return { clientId: String(message['client_id']), token: String(message['token']), stream };
  }

  /** Calls with raw payload bytes and gets raw payload bytes. */
  callBytes(
    objectId: string,
    method: string,
    payload: Uint8Array,
    options: RawClientCall = {},
  ): RawCall<{ payload: Buffer }> {
    const { type, clientId, timeoutMs, ...rest } = options;
    const request = { object_id: objectId, method, payload, type, client_id: clientId, timeout_ms: timeoutMs };
    return callUnary(this.client, 'CallObject', request, rest);
  }

  /** Calls with JSON; an absent argument is no bytes, and no bytes are `undefined`. */
  call(objectId: string, method: string, argument?: unknown, options: RawClientCall = {}): RawCall<unknown> {
    const call = this.callBytes(objectId, method, jsonBytes(argument), options);
    const value = call.then(({ payload }) =>
      payload.length === 0 ? undefined : (JSON.parse(payload.toString()) as unknown),
    );
    return Object.assign(value, { cancel: () => call.cancel() });
  }

  create(
    objectId: string,
    { type, argument, ...rest }: RawCallOptions & { type?: string | undefined; argument?: unknown } = {},
  ): RawCall<{ object_id: string; created: boolean }> {
    return callUnary(this.client, 'CreateObject', { type, object_id: objectId, payload: jsonBytes(argument) }, rest);
  }

  delete(objectId: string, type?: string, headers?: Readonly<Record<string, string>>): RawCall<object> {
    return callUnary(this.client, 'DeleteObject', { type, object_id: objectId }, { headers });
  }

  /** Sends bytes where a request should be. */
  sendGarbage(method: string, bytes: Buffer): RawCall<unknown> {
    return callUnary(this.client, method, {}, { bytes });
  }

  close(): void {
    this.client.close();
  }
}

function jsonBytes(value: unknown): Buffer {
  return value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value));
}
