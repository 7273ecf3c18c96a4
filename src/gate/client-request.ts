import type { CallVerb, LazySignal, WirePayload } from '../core/index.js';
import type { ClientConnection, Credentials } from '../config/index.js';
import type { ClientProxy } from './client-proxy.js';

/** What one request of a client says about itself, whatever the protocol. */
export interface ClientSource {
  readonly credentials: Credentials;
  readonly connection: ClientConnection;
  /** The client the request claims to come from. */
  readonly clientId?: string | undefined;
  /** The token that proves it. */
  readonly clientToken?: string | undefined;
  /** The client of the stream the request came on: it needs no proof. */
  readonly client?: ClientProxy | undefined;
}

/** One call, create or delete of a client, as its protocol read it. */
export interface ClientRequest {
  readonly verb: CallVerb;
  readonly objectId: string;
  readonly type?: string | undefined;
  /** Empty for create and delete. */
  readonly method: string;
  readonly payload: WirePayload;
  readonly callId: string;
  /** What the client asks for; absent or 0: the default of 30 s. */
  readonly timeoutMs?: number | undefined;
  /** A deadline the protocol itself carries, epoch milliseconds. */
  readonly deadline?: number | undefined;
  readonly source: ClientSource;
  /** Aborted by the protocol when the client gives up, by the gate when the client goes or the drain ends. */
  readonly cancellation: LazySignal;
}
