import { ServerCredentials, credentials as channelCredentials } from '@grpc/grpc-js';
import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import type { TlsConfig, TlsMaterial } from '../config/index.js';
import { readTls } from '../config/index.js';

/** How a process dials its peers. */
export interface PeerCredentials {
  readonly credentials: ChannelCredentials;
  readonly channelOptions: ChannelOptions;
}

/** Credentials of a port; without TLS insecure ones. */
export function serverCredentials(tls: TlsMaterial | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const pair = { cert_chain: tls.cert, private_key: tls.key };
  return ServerCredentials.createSsl(tls.ca ?? null, [pair], tls.ca !== undefined);
}

/** Credentials towards nodes: they are checked against the authority, and shown this process's own certificate. */
export function peerCredentials(tls: TlsConfig | undefined): PeerCredentials {
  if (!tls) return { credentials: channelCredentials.createInsecure(), channelOptions: {} };
  const { cert, key, ca } = readTls('tls', tls);
  const { serverName } = tls;
  return {
    credentials: channelCredentials.createSsl(ca ?? null, key, cert),
    channelOptions:
      serverName === undefined
        ? {}
        : { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName },
  };
}
