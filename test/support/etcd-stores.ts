import { EmbeddedEtcd } from '../../src/cluster/index.js';
import { realEtcdAvailable, startRealEtcd } from './real-etcd.js';

/** An etcd of either kind, of a test's own. */
export interface EtcdStore {
  /** `host:port`; the same after a wipe. */
  readonly endpoint: string;
  /** Everything is lost: ends it, and starts it empty. */
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

async function startEmbedded(): Promise<EtcdStore> {
  let etcd = await EmbeddedEtcd.start({ listen: '127.0.0.1:0' });
  return {
    endpoint: etcd.address,
    stop: () => etcd.stop(),
    wipe: async () => {
      await etcd.stop();
      etcd = await EmbeddedEtcd.start({ listen: etcd.address });
    },
  };
}

/** The kinds of etcd there are here, for `describe.each`. */
export async function etcdStores(): Promise<readonly { name: string; start: () => Promise<EtcdStore> }[]> {
  const embedded = { name: 'the embedded etcd', start: startEmbedded };
  return (await realEtcdAvailable()) ? [embedded, { name: 'a real etcd', start: () => startRealEtcd() }] : [embedded];
}
