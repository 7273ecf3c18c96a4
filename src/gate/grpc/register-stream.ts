import type { Metadata } from '@grpc/grpc-js';
import { goverseError } from '../../core/index.js';
import type { ClientProxy } from '../client-proxy.js';
import type { LiveConnections } from '../../rpc/index.js';
import type { ClientStreams, ResumeRequest } from '../client-streams.js';
import { FAREWELL } from '../client-streams.js';
import { grpcSource } from './grpc-source.js';
import type { RegisterCall } from './register-sink.js';
import { RegisterSink } from './register-sink.js';

/** What a client needs that may come back. */
export interface Resumption {
  readonly resume: ResumeRequest;
  /** Those of the server. */
  readonly connections: LiveConnections;
}

const CONNECTION_LOST = goverseError('CANCELLED', 'The connection to the client ended');

/**
 * Registers the client at the other end of a `Register` stream. `greeting` makes the first message; without `resumption`
 * the client cannot come back.
 */
export async function openRegisterStream(
  streams: ClientStreams,
  metadata: Metadata,
  call: RegisterCall,
  greeting: (client: ClientProxy) => object,
  resumption?: Resumption,
): Promise<void> {
  const ended = new AbortController();
  const peer = call.getPeer();
  const gone = () => ended.abort(resumption?.connections.endsInOrder(peer) ? FAREWELL : CONNECTION_LOST);
  call.once('close', gone).once('cancelled', gone);
  if (call.cancelled) gone();
  const sink: RegisterSink = new RegisterSink(call, () => client.drained(sink));
  const source = grpcSource(metadata, peer);
  const client = await streams.open({ source, sink, ended: ended.signal, resume: resumption?.resume });
  // Written in the same tick as the registration: no push can come before it.
  call.write([greeting(client)]);
}
