import { credentials, Metadata } from '@grpc/grpc-js';
import type { Client, ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { RawFailure } from '../raw-call.js';
import type { RawAny } from '../raw-protocol.js';
import { ClientServiceClient } from '../raw-protocol.js';
import type { AnsweredFrame } from './frame-client.js';
import { FrameClient } from './frame-client.js';
import type { Protocol } from './protocol.js';
import { Refused } from './protocol.js';

interface WireFrame {
  readonly seq: number;
  readonly registered?: { readonly client_id: string };
  readonly result?: { readonly payload: Buffer; readonly object_id: string; readonly created: boolean };
  readonly error?: AnsweredFrame['error'];
  readonly push?: { readonly message: RawAny };
}

/** `Connect` of `goverse.client.ClientService`: everything on one gRPC stream. */
export const connectStream: Protocol = {
  name: 'Connect',
  status: 'code',
  native: true,
  knowsLeaving: true,
  open({ address }, token) {
    return new FrameClient(async (client) => {
      const grpc = new ClientServiceClient(address, credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
      });
      const metadata = new Metadata();
      if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
      const stream = open(grpc, metadata);
      stream.on('data', (frame: WireFrame) => client.take(answered(frame)));
      stream.on('error', (error: ServiceError) => {
        const { details, code, reason } = new RawFailure(error);
        client.end(new Refused(details, code, reason));
      });
      stream.on('end', () => client.end(new Error('The stream has ended')));
      return {
        send: (frame) => stream.write(frame),
        close: () => {
          stream.cancel();
          grpc.close();
        },
      };
    });
  },
};

function open(client: Client, metadata: Metadata): ClientDuplexStream<object, WireFrame> {
  const connect = (client as unknown as Record<string, (metadata: Metadata) => ClientDuplexStream<object, WireFrame>>)[
    'Connect'
  ];
  return connect!.call(client, metadata);
}

function answered({ seq, registered, result, error, push }: WireFrame): AnsweredFrame {
  return {
    seq,
    clientId: registered?.client_id,
    result: result && { payload: result.payload, objectId: result.object_id, created: result.created },
    error: error ?? undefined,
    push: push?.message,
  };
}
