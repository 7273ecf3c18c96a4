import type { TlsConfig } from './tls-config.js';
import type { GoverseNodeOptions } from './node-options.js';

/** Settings of a node, complete and frozen. What may be absent is `undefined`; `advertise` may have port 0 like `listen`. */
export type NodeConfig = Readonly<Required<Omit<GoverseNodeOptions, 'clusterSecret' | 'tls' | 'opsListen'>>> & {
  readonly clusterSecret: string | undefined;
  readonly tls: TlsConfig | undefined;
  readonly opsListen: string | undefined;
};
