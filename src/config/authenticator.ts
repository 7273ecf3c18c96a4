import type { CallerIdentity } from '../core/index.js';

/** Who a client is; travels with every call of its chains (`CallContext.caller`). */
export type Identity = CallerIdentity;

/** What a client shows to prove who it is. */
export interface Credentials {
  /**
   * The `Authorization` header or gRPC metadata `authorization`, as sent. Where browsers cannot send one, on event streams
   * and WebSockets, `Bearer` and the token of the query parameter `access_token` (RFC 6750, 2.3).
   */
  readonly authorization?: string | undefined;
  /** All textual headers (HTTP) or metadata (gRPC), names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Where a request of a client comes from. */
export interface ClientConnection {
  readonly protocol: 'grpc' | 'http' | 'sse' | 'websocket';
  /** `ip:port` of the other end of the connection (of the proxy, if there is one); `unknown` if it cannot be told. */
  readonly peer: string;
}

/** A client whose connection ended. */
export interface DisconnectedClient {
  readonly clientId: string;
  readonly identity: Identity | undefined;
  readonly connection: ClientConnection;
}

/**
 * Says who the clients of a gate are. Asked once when a client registers and once for every call that brings an
 * `Authorization` of its own or comes from no registered client; a call of a registered client without one has the
 * identity of the registration.
 *
 * Answer `null` for a client you do not know: one that sent an `authorization` is refused (`UNAUTHENTICATED`), one
 * without may do what a rule of the option `access` allows to everybody. Throw a `GoverseError` to refuse with a reason of
 * your own. Anything else that is thrown is logged and hidden from the client.
 */
export interface Authenticator {
  authenticate(credentials: Credentials, connection: ClientConnection): Promise<Identity | null> | Identity | null;
  /**
   * Told once for every stream of a client, when it has ended for whatever reason. The client may come back and resume; it
   * is authenticated again then.
   */
  onDisconnect?(client: DisconnectedClient): Promise<void> | void;
}

/** How an authenticator is named in the options: itself, its class, or the token of a provider. */
export type AuthenticatorOption = Authenticator | AuthenticatorClass | string | symbol;

/** A class of authenticators; also an abstract one that is the token of a provider. */
export type AuthenticatorClass = abstract new (...dependencies: never[]) => Authenticator;
