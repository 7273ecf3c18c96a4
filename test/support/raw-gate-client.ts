import { credentials } from '@grpc/grpc-js';
import type { ChannelOptions, Client } from '@grpc/grpc-js';
import { callUnary, openStream } from './raw-call.js';
import type { RawCall, RawCallOptions } from './raw-call.js';
import { GateServiceClient, readAny } from './raw-protocol.js';
import type { RawAny } from './raw-protocol.js';
import { RawStream } from './raw-stream.js';

export interface RawGateCall extends RawCallOptions {
  readonly request?: RawAny;
  readonly clientId?: string;
}

/** `gate.GateService` as clients of GoVerse speak it, with grpc-js and nothing else. One client is one connection. */
export class RawGateClient {
  private readonly client: Client;

  constructor(gateAddress: string, options: ChannelOptions = {}) {
    this.client = new GateServiceClient(gateAddress, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      ...options,
    });
  }

  /** Opens the stream; resolves when its first message has come. */
  async register(headers?: Readonly<Record<string, string>>): Promise<{ clientId: string; stream: RawStream<RawAny> }> {
    const stream = new RawStream<RawAny>(openStream<RawAny>(this.client, 'Register', {}, headers));
    const { type, message } = readAny(await stream.next());
    if (type !== 'gate.RegisterResponse') throw new Error(`The first message is a ${type}`);
    return { clientId: String(message['client_id']), stream };
  }

  call(type: string, id: string, method: string, options: RawGateCall = {}): RawCall<{ response: RawAny | null }> {
    const { request, clientId, ...rest } = options;
    return callUnary(this.client, 'CallObject', { client_id: clientId, type, id, method, request }, rest);
  }

  create(type: string, id: string, options: RawCallOptions = {}): RawCall<{ id: string }> {
    return callUnary(this.client, 'CreateObject', { type, id }, options);
  }

  delete(type: string, id: string, options: RawCallOptions = {}): RawCall<object> {
    return callUnary(this.client, 'DeleteObject', { id, type }, options);
  }

  reliableCall(
    call: { callId: string; type: string; id: string; method: string; request?: RawAny },
    options: RawCallOptions = {},
  ): RawCall<{ response: RawAny | null; error: string; status: string }> {
    const { callId, ...rest } = call;
    return callUnary(this.client, 'ReliableCallObject', { call_id: callId, ...rest }, options);
  }

  close(): void {
    this.client.close();
  }
}
