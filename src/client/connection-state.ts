import type { GoverseError } from '../core/errors.js';

/**
 * - `connecting`: no gate has registered this client yet;
 * - `connected`: registered, calls and pushes flow;
 * - `reconnecting`: the stream broke, the gates are tried one after the other; calls wait until their deadline;
 * - `closed`: for good, by `close()` or because the gates refuse this client.
 */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/** One change of the connection, or one more failed attempt. */
export interface ConnectionChange {
  readonly state: ConnectionState;
  /** The id under which the client is registered; only when connected. **A new one after every reconnection.** */
  readonly clientId?: string;
  /** URL of the gate it is about. */
  readonly gate?: string;
  /** Why the connection is gone or could not be made. */
  readonly error?: GoverseError;
  /** Milliseconds until the next attempt. */
  readonly retryInMs?: number;
}
