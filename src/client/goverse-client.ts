import { goverseError } from '../core/errors.js';
import type { Platform } from './client.js';
import { Client } from './client.js';
import type { ClientOptions, ClientSettings } from './client-options.js';
import { NODE_SCHEMES } from './gate-url.js';
import { openNodeTransport } from './node-transports.js';

const NODE: Platform = { schemes: NODE_SCHEMES, check: assertTlsApplies, openTransport: openNodeTransport };

/**
 * A client of a goverse cluster: calls objects and receives what they push, over any of the gates it was given. When a
 * gate goes away it moves to the next one, under its client id and without losing a push if a gate can resume it; if
 * none can it says so (`onState`, `onGap`) and has a new id. All methods reject with `GoverseError`.
 */
export class GoverseClient extends Client {
  /**
   * Registers with the first gate that takes this client.
   * @param gates `grpc(s)://host:port`, `ws(s)://host:port` or `http(s)://host:port`; several are tried in turn
   * @throws the gate's error if it refuses the client; `NOT_READY` if none answers within `connectTimeoutMs`
   */
  static async connect(gates: string | readonly string[], options: ClientOptions = {}): Promise<GoverseClient> {
    const client = new GoverseClient(gates, options, NODE);
    await client.open(options.signal);
    return client;
  }
}

function assertTlsApplies(gate: URL, { tls }: ClientSettings): void {
  if (gate.protocol !== 'https:' || !tls) return;
  const remedy = 'connect over wss:// or grpcs://, name a file in NODE_EXTRA_CA_CERTS, or give the option fetch';
  throw goverseError('INVALID_ARGUMENT', `The client option tls has no effect on ${gate.href}: ${remedy}`);
}
