import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { LeaseGrantMessage, LeaseIdMessage, LeaseTimeToLiveMessage } from './etcd-messages.js';
import type { EtcdStore } from './etcd-store.js';
import type { LeaseBook } from './lease-book.js';
import { keysOfLease } from './lease-keys.js';
import type { OpenStreams } from './open-streams.js';
import type { ServerIdentity } from './server-identity.js';
import { unary } from './unary.js';

/** What etcd answers for a lease that is not there. Seconds. */
const NO_TTL = -1;

/** The gRPC service `etcdserverpb.Lease`. */
export function leaseService(
  leases: LeaseBook,
  store: EtcdStore,
  identity: ServerIdentity,
  streams: OpenStreams,
): UntypedServiceImplementation {
  const header = () => identity.header(store.revision);
  return {
    LeaseGrant: unary((message: LeaseGrantMessage) => {
      const { id, ttlSeconds } = leases.grant(message.ID, Number(message.TTL));
      return { header: header(), ID: id, TTL: ttlSeconds };
    }),
    LeaseRevoke: unary((message: LeaseIdMessage) => {
      leases.revoke(message.ID);
      return { header: header() };
    }),
    LeaseTimeToLive: unary((message: LeaseTimeToLiveMessage) => {
      const life = leases.timeToLive(message.ID);
      if (life === undefined) return { header: header(), ID: message.ID, TTL: NO_TTL };
      const keys = message.keys ? keysOfLease(store, message.ID).map((key) => Buffer.from(key, 'latin1')) : [];
      return { header: header(), ID: message.ID, TTL: life.remaining, grantedTTL: life.granted, keys };
    }),
    LeaseLeases: unary(() => ({ header: header(), leases: leases.ids().map((id) => ({ ID: id })) })),
    LeaseKeepAlive: (call: ServerDuplexStream<LeaseIdMessage, object>) => {
      streams.add(call, () => undefined);
      call.on('data', ({ ID }: LeaseIdMessage) => call.write({ header: header(), ID, TTL: leases.renew(ID) }));
      call.on('end', () => call.end());
    },
  };
}
