import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { EtcdError } from './etcd-error.js';
import type { EtcdStore } from './etcd-store.js';
import type { ServerIdentity } from './server-identity.js';
import { unary } from './unary.js';

/** The release of etcd whose answers are given. */
const VERSION = '3.4.23';

/** What clients ask of `etcdserverpb.Maintenance`, to see that a server lives and who it is. */
export function maintenanceService(store: EtcdStore, identity: ServerIdentity): UntypedServiceImplementation {
  return {
    Status: unary(() => ({
      header: identity.header(store.revision),
      version: VERSION,
      leader: identity.memberId,
      raftIndex: store.revision,
      raftTerm: identity.raftTerm,
      raftAppliedIndex: store.revision,
    })),
  };
}

/** `etcdserverpb.Cluster` of the only member there is. `address` is asked late: it is known once the server listens. */
export function clusterService(identity: ServerIdentity, address: () => string): UntypedServiceImplementation {
  return {
    MemberList: unary(() => ({
      header: identity.header(0),
      members: [{ ID: identity.memberId, name: 'embedded', clientURLs: [`http://${address()}`] }],
    })),
  };
}

/** `etcdserverpb.Auth`: there is none here, and clients with a password are told so in etcd's words. */
export function authService(): UntypedServiceImplementation {
  return {
    Authenticate: unary(() => {
      throw new EtcdError('authNotEnabled');
    }),
  };
}
