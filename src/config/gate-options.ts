import type { AccessRule } from './access-rule.js';
import type { AuthenticatorOption } from './authenticator.js';
import type { ClusterOptions } from './cluster-options.js';

/** Options of `GoverseGateModule.forRoot`. Every one may be left out. */
export interface GoverseGateOptions extends ClusterOptions {
  /**
   * Address of the HTTP port, `host:port`; port 0 takes a free one, `false` switches it off, `app` mounts the routes into
   * the user's own Nest application. Default: `127.0.0.1:8080`.
   */
  httpListen?: string | false;
  /** Messages that may wait for one client; more are refused with `QUEUE_FULL`. Default: 1024. */
  clientQueueLimit?: number;
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
  /**
   * What clients may do: ordered rules, the first one that fits decides. Or the path of a YAML file with such a list,
   * which is read again whenever it changes. What no rule is about is allowed to every client, with an authenticator to
   * those it knows. Default: no rules.
   */
  access?: readonly AccessRule[] | string;
}
