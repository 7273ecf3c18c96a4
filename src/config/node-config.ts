import type { EtcdTlsConfig, TlsConfig } from './tls-config.js';
import type { GoverseNodeOptions } from './node-options.js';

/** Settings of a node, complete and frozen. What may be absent is `undefined`; `advertise` may have port 0 like `listen`. */
export type NodeConfig = Readonly<
  Required<
    Omit<GoverseNodeOptions, 'etcdTls' | 'etcdUsername' | 'etcdPassword' | 'clusterSecret' | 'tls' | 'opsListen'>
  >
> & {
  readonly etcdTls: EtcdTlsConfig | undefined;
  readonly etcdUsername: string | undefined;
  readonly etcdPassword: string | undefined;
  readonly clusterSecret: string | undefined;
  readonly tls: TlsConfig | undefined;
  readonly opsListen: string | undefined;
};
