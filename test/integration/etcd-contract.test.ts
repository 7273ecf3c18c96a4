import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedEtcd } from '../../src/cluster/embedded/index.js';
import { EtcdRawClient } from '../support/etcd-raw-client.js';
import { realEtcdAvailable, startRealEtcd } from '../support/real-etcd.js';
import { ContractApi } from './etcd-contract/contract-api.js';
import { etcd3Contract } from './etcd-contract/etcd3-contract.js';
import { kvContract } from './etcd-contract/kv-contract.js';
import { leaseContract } from './etcd-contract/lease-contract.js';
import { expectSameAnswers } from './etcd-contract/same-answers.js';
import { txnContract } from './etcd-contract/txn-contract.js';
import { watchContract } from './etcd-contract/watch-contract.js';

interface RunningServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const PROGRESS_MS = 500;

async function startEmbedded(): Promise<RunningServer> {
  const etcd = await EmbeddedEtcd.start({ listen: '127.0.0.1:0', progressNotifyMs: PROGRESS_MS });
  return { endpoint: etcd.address, stop: () => etcd.stop() };
}

const servers: { name: string; start: () => Promise<RunningServer> }[] = [
  { name: 'the embedded etcd', start: startEmbedded },
];
const haveRealEtcd = await realEtcdAvailable();
if (haveRealEtcd) {
  const args = [`--experimental-watch-progress-notify-interval=${PROGRESS_MS}ms`];
  servers.push({ name: 'a real etcd', start: () => startRealEtcd({ args }) });
}

describe.each(servers)('$name', ({ start }) => {
  let server: RunningServer;
  let client: EtcdRawClient;

  beforeAll(async () => {
    server = await start();
    client = new EtcdRawClient(server.endpoint);
  });

  afterAll(async () => {
    client.close();
    await server.stop();
  });

  const api = () => new ContractApi(client);
  describe('keys', () => {
    kvContract(api);
  });
  describe('transactions', () => {
    txnContract(api);
  });
  describe('watches', () => {
    watchContract(api);
  });
  describe('leases', () => {
    leaseContract(api);
  });
  describe('the etcd3 client', () => {
    etcd3Contract(() => server.endpoint);
  });
});

describe.runIf(haveRealEtcd)('both', () => {
  it('answer random requests alike, field by field', async () => {
    const running = await Promise.all([startEmbedded(), startRealEtcd()]);
    const clients = running.map((server) => new EtcdRawClient(server.endpoint));
    try {
      const events = await expectSameAnswers(new ContractApi(clients[0]!), new ContractApi(clients[1]!));
      // A run in which hardly anything happened would prove nothing.
      expect(events).toBeGreaterThan(300);
    } finally {
      for (const client of clients) client.close();
      await Promise.all(running.map((server) => server.stop()));
    }
  });
});
