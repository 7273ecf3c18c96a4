import type { Platform } from './client.js';
import { Client } from './client.js';
import type { ClientOptions } from './client-options.js';
import { WEB_SCHEMES } from './gate-url.js';
import { openWebTransport } from './web-transports.js';

const BROWSER: Platform = { schemes: WEB_SCHEMES, check: () => undefined, openTransport: openWebTransport };

/**
 * A client of a goverse cluster: calls objects and receives what they push, over any of the gates it was given. When a
 * gate goes away it moves to the next one, under its client id and without losing a push if a gate can resume it; if
 * none can it says so (`onState`, `onGap`) and has a new id. All methods reject with `GoverseError`.
 */
export class GoverseClient extends Client {
  /**
   * Registers with the first gate that takes this client.
   * @param gates `ws(s)://host:port` or `http(s)://host:port`; several are tried in turn
   * @throws the gate's error if it refuses the client; `NOT_READY` if none answers within `connectTimeoutMs`
   */
  static async connect(gates: string | readonly string[], options: ClientOptions = {}): Promise<GoverseClient> {
    const client = new GoverseClient(gates, options, BROWSER);
    await client.open(options.signal);
    return client;
  }
}
