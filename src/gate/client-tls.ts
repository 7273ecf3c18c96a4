import type { GateConfig, TlsMaterial } from '../config/index.js';
import { readTls } from '../config/index.js';

/** TLS of the ports for clients: their own certificate or that of the cluster; undefined for none. */
export function clientTlsOf({ tls, clientTls }: Pick<GateConfig, 'tls' | 'clientTls'>): TlsMaterial | undefined {
  if (clientTls === false) return undefined;
  const own = clientTls ?? { cert: undefined, key: undefined, ca: undefined };
  // Strangers are asked for a certificate only where that is said of the ports for clients.
  if (own.cert !== undefined && own.key !== undefined)
    return readTls('clientTls', { ...own, cert: own.cert, key: own.key });
  return tls && readTls('clientTls', { ...tls, ca: own.ca });
}
