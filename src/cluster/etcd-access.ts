import type { NodeConfig } from '../config/index.js';
import { readTls } from '../config/index.js';
import type { EtcdOptions } from './etcd/index.js';

/** The settings that say who this process is to etcd, and whom it takes for etcd. */
export type EtcdAccess = Pick<NodeConfig, 'etcdTls' | 'etcdUsername' | 'etcdPassword'>;

/** How to reach etcd by the settings of a process. Reads PEM files; throws `INVALID_ARGUMENT` naming what cannot be used. */
export function etcdOptionsOf(access: EtcdAccess, endpoints: readonly string[]): EtcdOptions {
  const { etcdTls, etcdUsername: username, etcdPassword: password } = access;
  return {
    endpoints,
    ...(etcdTls && { tls: readTls('etcdTls', etcdTls) }),
    ...(username !== undefined && password !== undefined && { username, password }),
  };
}
