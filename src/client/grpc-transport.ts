import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { ClientSettings, ClientTls } from './client-options.js';
import { FrameTransport } from './frame-transport.js';
import { GrpcChannel } from './grpc-channel.js';
import type { Transport } from './transport.js';

/** Finds a dead gate in 30 s + 10 s; a channel of its own, as a client is what comes over one connection. */
const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
};

/** The gRPC face of a gate: everything over one `Connect` stream. Node only. */
export function openGrpcTransport(gate: URL, settings: ClientSettings, authorization: string | undefined): Transport {
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  const tls = gate.protocol === 'grpcs:' ? (settings.tls ?? {}) : undefined;
  const client = new Client(gate.host, tls ? secure(tls) : credentials.createInsecure(), {
    ...CHANNEL_OPTIONS,
    ...(tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
  });
  return new FrameTransport(new GrpcChannel(gate.host, client, metadata), gate.host, settings.silenceMs);
}

function secure({ ca, key, cert }: ClientTls): ChannelCredentials {
  return credentials.createSsl(bytesOf(ca), bytesOf(key), bytesOf(cert));
}

function bytesOf(pem: string | Uint8Array | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem as Uint8Array);
}
