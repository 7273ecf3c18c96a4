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
  /** The id under which the client is registered; only when connected. */
  readonly clientId?: string;
  /**
   * Only when connected. True: the client goes on under its id and has missed nothing that was pushed meanwhile. False:
   * the first connection, or pushes may be missing and **the id may be a new one**; objects that push to the old one have
   * to be told, for example by joining again.
   */
  readonly resumed?: boolean;
  /** URL of the gate it is about. */
  readonly gate?: string;
  /** Why the connection is gone or could not be made. */
  readonly error?: GoverseError;
  /** Milliseconds until the next attempt. */
  readonly retryInMs?: number;
}

/** Pushes that will not come any more: see `GoverseClient.onGap`. */
export interface PushGap {
  /** The id under which pushes come from now on. */
  readonly clientId: string;
  /** The id under which some are missing; the same as `clientId` if the gate only did not keep all of them. */
  readonly previousClientId: string;
  /** How many are missing, where that is known. */
  readonly missing?: number;
}
