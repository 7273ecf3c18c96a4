export { EmbeddedEtcd } from './embedded-etcd.js';
export type { EmbeddedEtcdOptions } from './embedded-etcd.js';
export { EtcdEndpoints } from './etcd-endpoints.js';
export type { EtcdLease, EtcdOption } from './etcd-endpoints.js';
