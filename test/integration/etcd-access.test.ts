import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ClusterGate, etcdOptionsOf } from '../../src/cluster/index.js';
import { resolveGateConfig } from '../../src/config/index.js';
import type { GoverseGateOptions } from '../../src/config/index.js';
import { systemClock, uniqueId } from '../../src/core/index.js';
import { GoverseObject, Method } from '../../src/decorators/index.js';
import { TestCluster } from '../../src/testing/index.js';
import { TestAuthority } from '../support/certificates.js';
import type { TestCertificate } from '../support/certificates.js';
import { EtcdRawClient } from '../support/etcd-raw-client.js';
import { realEtcdAvailable, startRealEtcd } from '../support/real-etcd.js';
import type { RealEtcd } from '../support/real-etcd.js';

const PREFIX = '/guarded';
const USER = { etcdUsername: 'goverse', etcdPassword: 'open, sesame' };

@GoverseObject('Safe')
class Safe {
  private opened = 0;

  @Method()
  open(): number {
    return ++this.opened;
  }
}

describe.runIf(await realEtcdAvailable())('an etcd with TLS and users', () => {
  let authority: TestAuthority;
  let own: TestCertificate;
  let etcd: RealEtcd | undefined;
  const running: (() => unknown)[] = [];

  beforeAll(async () => {
    authority = await TestAuthority.create('etcd');
    own = await authority.sign();
  });

  afterEach(async () => {
    for (const end of running.splice(0).reverse()) await end();
    await etcd?.stop();
  });

  /** With a user that may do nothing but read and write the keys of one cluster. */
  async function start(): Promise<RealEtcd> {
    etcd = await startRealEtcd({ tls: { ...own, ca: authority.ca } });
    const admin = new EtcdRawClient(etcd.endpoint);
    const { etcdUsername: name, etcdPassword: password } = USER;
    const [key, rangeEnd] = [`${PREFIX}/`, `${PREFIX}0`].map((text) => Buffer.from(text));
    await admin.call('Auth', 'UserAdd', { name: 'root', password: 'root' });
    await admin.call('Auth', 'RoleAdd', { name: 'root' });
    await admin.call('Auth', 'UserGrantRole', { user: 'root', role: 'root' });
    await admin.call('Auth', 'UserAdd', { name, password });
    await admin.call('Auth', 'RoleAdd', { name: 'cluster' });
    const perm = { permType: 'Readwrite', key, range_end: rangeEnd };
    await admin.call('Auth', 'RoleGrantPermission', { name: 'cluster', perm });
    await admin.call('Auth', 'UserGrantRole', { user: name, role: 'cluster' });
    await admin.call('Auth', 'AuthEnable', {});
    admin.close();
    return etcd;
  }

  const access = () => ({ ...USER, etcdPrefix: PREFIX, etcdTls: { ...own, ca: authority.ca } });

  /** What a gate with these settings logs first. */
  function complaint({ secureEndpoint }: RealEtcd, settings: GoverseGateOptions): Promise<string> {
    const config = resolveGateConfig({ ...settings, etcd: [secureEndpoint] });
    return new Promise((resolve) => {
      const logger = { log: () => {}, warn: resolve, error: resolve, debug: () => {} };
      const gate = new ClusterGate({
        etcd: etcdOptionsOf(config, [secureEndpoint]),
        prefix: PREFIX,
        address: '127.0.0.1:1',
        startId: uniqueId(),
        shards: 8,
        leaseTtlSeconds: 2,
        clock: systemClock,
        logger,
      });
      running.push(() => gate.kill());
      gate.start().catch(() => undefined);
    });
  }

  it('serves a cluster, and goes on after a restart that forgets who has logged in', async () => {
    const { secureEndpoint } = await start();
    const settings = { ...access(), leaseTtlSeconds: 10 };
    const cluster = await TestCluster.start({
      providers: [Safe],
      etcd: [secureEndpoint],
      node: settings,
      gate: settings,
    });
    running.push(() => cluster.stop());
    const client = await cluster.connect();
    expect(await client.callObject('Safe-1', 'open')).toBe(1);
    await etcd!.restart('SIGKILL');
    const added = await cluster.addNode();
    await expect.poll(() => added.readiness).toMatchObject({ ready: true });
    const opened = await Promise.all(Array.from({ length: 20 }, (_, n) => client.callObject(`Safe-${n + 10}`, 'open')));
    expect(opened).toEqual(opened.map(() => 1));
    expect(added.objects().length).toBeGreaterThan(0);
  });

  it('is told apart from one that refuses the password', async () => {
    expect(await complaint(await start(), { ...access(), etcdPassword: 'wrong' })).toMatch(/authentication failed/);
  });

  it('is told apart from one whose certificate nobody vouches for', async () => {
    const strangers = await TestAuthority.create('somebody else');
    const settings = { ...access(), etcdTls: { ...own, ca: strangers.ca } };
    expect(await complaint(await start(), settings)).toMatch(/certificate/);
  });

  it('is not started with certificates that cannot be read', () => {
    const config = resolveGateConfig({ etcdTls: { ca: '/nowhere/ca.pem' } });
    expect(() => etcdOptionsOf(config, config.etcd as string[])).toThrow(/etcdTls.ca cannot be read: .*nowhere/);
  });
});
