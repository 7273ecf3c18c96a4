import { goverseError } from '../core/errors.js';
import type { ClientSettings } from './client-options.js';
import { HttpTransport } from './http-transport.js';
import type { Transport } from './transport.js';

/** Reads the URL of a gate; throws `INVALID_ARGUMENT` unless it is `grpc://host:port` or `http(s)://...`. */
export function parseGateUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fits = url !== undefined && (url.protocol === 'grpc:' ? url.port !== '' : /^https?:$/.test(url.protocol));
  if (fits) return url;
  throw goverseError(
    'INVALID_ARGUMENT',
    `${JSON.stringify(text)} is no URL of a gate; use grpc://host:port (Node) or http(s)://host:port`,
  );
}

/** A transport to one gate. The gRPC one is loaded when it is asked for: browsers cannot load it. */
export async function openTransport(gate: URL, settings: ClientSettings): Promise<Transport> {
  const authorization = await settings.authorization();
  if (gate.protocol !== 'grpc:') return new HttpTransport(gate, settings, authorization);
  const { GrpcTransport } = await import('./grpc-transport.js');
  return new GrpcTransport(gate.host, authorization);
}
