import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ServerCredentials, credentials as channelCredentials } from '@grpc/grpc-js';
import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import type { TlsConfig } from '../config/index.js';
import { settingsError } from '../config/index.js';

/** Certificates as they were read, in the form Node and grpc-js take. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The authority the other side must show a certificate of; undefined: it need not show any. */
  readonly ca: Buffer | undefined;
}

/** How a process dials its peers. */
export interface PeerCredentials {
  readonly credentials: ChannelCredentials;
  readonly channelOptions: ChannelOptions;
}

/**
 * Reads PEM files (or texts). Throws `INVALID_ARGUMENT` naming the setting that cannot be used.
 * @param group `tls` or `clientTls`, for errors
 */
export function readTls(group: string, { cert, key, ca }: Pick<TlsConfig, 'cert' | 'key' | 'ca'>): TlsMaterial {
  const material = {
    cert: readPem(`${group}.cert`, cert),
    key: readPem(`${group}.key`, key),
    ca: ca === undefined ? undefined : readPem(`${group}.ca`, ca),
  };
  try {
    createSecureContext(material);
  } catch (error) {
    throw settingsError([`${group} cannot be used: ${(error as Error).message}`]);
  }
  return material;
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

function readPem(setting: string, fileOrText: string): Buffer {
  if (fileOrText.includes('-----BEGIN ')) return Buffer.from(fileOrText);
  try {
    return readFileSync(fileOrText);
  } catch (error) {
    throw settingsError([`${setting} cannot be read: ${(error as Error).message}`]);
  }
}
