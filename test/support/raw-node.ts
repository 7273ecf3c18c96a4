import { credentials } from '@grpc/grpc-js';
import type { Client } from '@grpc/grpc-js';
import { callUnary, openStream } from './raw-call.js';
import type { RawCall, RawCallOptions } from './raw-call.js';
import { GoverseClientOfNode } from './raw-protocol.js';
import type { RawAny } from './raw-protocol.js';
import { RawStream } from './raw-stream.js';

/** One message of a gate's registration: exactly one field is set. */
export interface RawGateMessage {
  readonly message: 'register_gate_response' | 'client_message' | 'broadcast_message';
  readonly client_message?: { client_ids: string[]; message: RawAny; push_id: number };
  readonly broadcast_message?: { message: RawAny; push_id: number };
}

export interface RawObjectInfo {
  readonly type: string;
  readonly id: string;
  readonly creation_time: number;
}

export interface RawStatus {
  readonly advertise_addr: string;
  readonly num_objects: number;
  readonly uptime_seconds: number;
  readonly state: string;
  readonly shards_held: number;
  readonly shards_moving: number;
  readonly epoch: { readonly generation: number; readonly revision: number } | null;
}

/** `goverse.Goverse` of a node with grpc-js and nothing else. */
export class RawNode {
  private readonly client: Client;

  constructor(readonly address: string) {
    this.client = new GoverseClientOfNode(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  status(options?: RawCallOptions): RawCall<RawStatus> {
    return callUnary(this.client, 'Status', {}, options);
  }

  async listObjects(options?: RawCallOptions): Promise<RawObjectInfo[]> {
    const { objects } = await callUnary<{ objects: RawObjectInfo[] }>(this.client, 'ListObjects', {}, options);
    return objects;
  }

  async call(
    id: string,
    method: string,
    request?: RawAny,
    more: { type?: string; client_id?: string } = {},
  ): Promise<RawAny | null> {
    const { response } = await callUnary<{ response: RawAny | null }>(this.client, 'CallObject', {
      id,
      method,
      request,
      ...more,
    });
    return response;
  }

  create(id: string, type: string, request?: RawAny): RawCall<{ id: string; created: boolean }> {
    return callUnary(this.client, 'CreateObject', { id, type, request });
  }

  delete(id: string, type = ''): RawCall<object> {
    return callUnary(this.client, 'DeleteObject', { id, type });
  }

  registerGate(gateAddress: string): RawStream<RawGateMessage> {
    return new RawStream(openStream<RawGateMessage>(this.client, 'RegisterGate', { gate_addr: gateAddress }));
  }

  close(): void {
    this.client.close();
  }
}
