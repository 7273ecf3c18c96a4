import type { Metadata } from '@grpc/grpc-js';
import { goverseError } from '../../core/index.js';
import type { ClientProxy } from '../client-proxy.js';
import type { ClientStreams } from '../client-streams.js';
import { grpcSource } from './grpc-source.js';
import type { RegisterCall } from './register-sink.js';
import { RegisterSink } from './register-sink.js';

/** Registers the client at the other end of a `Register` stream. `greeting` makes the first message. */
export async function openRegisterStream(
  streams: ClientStreams,
  metadata: Metadata,
  call: RegisterCall,
  greeting: (client: ClientProxy) => object,
): Promise<void> {
  const ended = new AbortController();
  const gone = () => ended.abort(goverseError('CANCELLED', 'The client left'));
  call.once('close', gone).once('cancelled', gone);
  if (call.cancelled) gone();
  const sink = new RegisterSink(call);
  const client = await streams.open({ source: grpcSource(metadata, call.getPeer()), sink, ended: ended.signal });
  call.on('drain', () => client.drained());
  // Written in the same tick as the registration: no push can come before it.
  call.write(greeting(client));
}
