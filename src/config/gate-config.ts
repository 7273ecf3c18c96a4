import type { AccessFile } from './access-file.js';
import type { AccessRule } from './access-rule.js';
import type { AuthenticatorOption } from './authenticator.js';
import type { JwtConfig } from './jwt-options.js';
import type { ClientTlsConfig, EtcdTlsConfig, TlsConfig } from './tls-config.js';
import type { GoverseGateOptions } from './gate-options.js';

/** Settings of a gate, complete and frozen. What may be absent is `undefined`; `advertise` may have port 0 like `listen`. */
export type GateConfig = Readonly<
  Required<
    Omit<
      GoverseGateOptions,
      | 'etcdTls'
      | 'etcdUsername'
      | 'etcdPassword'
      | 'clusterSecret'
      | 'tls'
      | 'clientTls'
      | 'jwt'
      | 'opsListen'
      | 'authenticator'
      | 'access'
    >
  >
> & {
  readonly etcdTls: EtcdTlsConfig | undefined;
  readonly etcdUsername: string | undefined;
  readonly etcdPassword: string | undefined;
  readonly clusterSecret: string | undefined;
  readonly tls: TlsConfig | undefined;
  readonly clientTls: ClientTlsConfig | false | undefined;
  readonly jwt: JwtConfig | undefined;
  readonly opsListen: string | undefined;
  readonly authenticator: AuthenticatorOption | undefined;
  readonly access: readonly AccessRule[] | AccessFile | undefined;
};
