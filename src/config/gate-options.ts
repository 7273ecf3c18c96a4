import type { AccessRule } from './access-rule.js';
import type { AuthenticatorOption } from './authenticator.js';
import type { ClientTlsOptions, ClusterOptions } from './cluster-options.js';
import type { JwtOptions } from './jwt-options.js';

/** Options of `GoverseGateModule.forRoot`. Every one may be left out. */
export interface GoverseGateOptions extends ClusterOptions {
  /**
   * Address of the HTTP port, `host:port`; port 0 takes a free one, `false` switches it off, `app` mounts the routes into
   * the user's own Nest application. Default: `127.0.0.1:8080`.
   */
  httpListen?: string | false;
  /** Messages that may wait for one client; more are refused with `QUEUE_FULL`. Default: 1024. */
  clientQueueLimit?: number;
  /**
   * Bytes of messages that may wait for one client; more are refused with `QUEUE_FULL`, as by `clientQueueLimit`. One message
   * that is larger is taken while nothing else waits. Default: 16 MiB.
   */
  clientQueueBytes?: number;
  /**
   * Milliseconds in which a client whose stream broke may come back with its token: it keeps its id and gets what was
   * pushed meanwhile. Until then pushes are taken for it. 0: a client whose stream ended is forgotten. Default: 60_000.
   */
  resumeWindowMs?: number;
  /** Largest header of an HTTP request, or metadata of a gRPC call, in bytes. Default: 16_384. */
  maxHeaderBytes?: number;
  /** Milliseconds until the header of an HTTP request must be there. Default: 10_000. */
  headerTimeoutMs?: number;
  /** Milliseconds until a request must be there with its whole body. Default: 30_000. */
  requestTimeoutMs?: number;
  /** Milliseconds until a connection is closed that carries no request, or whose answer nobody reads. Default: 120_000. */
  idleTimeoutMs?: number;
  /** Calls and streams one client may have open; more are refused with `OVERLOADED`. Default: 10_000. */
  maxCallsPerClient?: number;
  /** Calls of one client in one second; more are refused with `RATE_LIMITED`. Default: `Infinity`. */
  callsPerSecondPerClient?: number;
  /** Calls from one IP address in one second; more are refused with `RATE_LIMITED`. Default: `Infinity`. */
  callsPerSecondPerIp?: number;
  /** Connections from one IP address, gRPC and HTTP together; more are closed at once. Default: `Infinity`. */
  maxConnectionsPerIp?: number;
  /**
   * What happens to pushes for a client that reads too slowly. `reject` refuses them with `QUEUE_FULL` when its queue is
   * full; `dropOldest` gives up the oldest that waits; `disconnect` cuts the client off; `conflate` lets a push take the
   * place of the waiting one of its type, `conflate:<field>` of its type and the value of that field of its data.
   * Default: `reject`.
   */
  slowClientPolicy?: 'reject' | 'dropOldest' | 'disconnect' | 'conflate' | `conflate:${string}`;
  /** `deny` refuses ids of clients that choose a shard or a node (`shard#...`, `host:port/...`). Default: `allow`. */
  clientPlacedIds?: 'allow' | 'deny';
  /**
   * What proves that a client id belongs to a caller: the connection it was registered on or its token (`peer`), or the
   * token alone (`token`), for gates behind a proxy that shares connections. Default: `peer`.
   */
  bindClientIds?: 'peer' | 'token';
  /** Origins whose pages may use the HTTP port, e.g. `https://chat.example.com`, or `*`. Default: none but its own. */
  cors?: readonly string[] | '*';
  /**
   * Serves `/v1/openapi.json` and `/v1/docs` on the HTTP port: the methods of all object types that are not `internal`, with
   * their arguments. Default: on when `httpListen` is loopback.
   */
  openApi?: boolean;
  /**
   * Says who the clients are: an instance, a class (a provider of the application, or one made with the dependencies the
   * application exports), or the injection token of a provider. Default: none, every client is anonymous.
   */
  authenticator?: AuthenticatorOption;
  /** Knows clients by their JSON Web Tokens; instead of an `authenticator`. Default: none. */
  jwt?: JwtOptions;
  /**
   * TLS of the ports for clients, when it is not that of `tls`: another certificate, or `false` for none, behind something
   * that ends TLS. With `ca` clients must show a certificate of that authority. Default: the certificate of `tls`, and
   * nobody has to show one.
   */
  clientTls?: ClientTlsOptions | boolean;
  /**
   * What clients may do: ordered rules, the first one that fits decides. Or the path of a YAML file with such a list,
   * which is read again whenever it changes. What no rule is about is allowed to every client, with an authenticator to
   * those it knows. Default: no rules.
   */
  access?: readonly AccessRule[] | string;
}
