import { EmbeddedEtcd } from '../../src/cluster/index.js';
import { realEtcdAvailable, startRealEtcd } from './real-etcd.js';

/** An etcd of a test's own: a real one where there is one, else the embedded one. */
export interface TestEtcd {
  /** `host:port`. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

export async function startTestEtcd(): Promise<TestEtcd> {
  if (await realEtcdAvailable()) return startRealEtcd();
  const embedded = await EmbeddedEtcd.start();
  return { endpoint: embedded.address, stop: () => embedded.stop() };
}
