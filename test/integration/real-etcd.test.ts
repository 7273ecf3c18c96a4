import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { EtcdRawClient } from '../support/etcd-raw-client.js';
import { realEtcdAvailable, startRealEtcd, type RealEtcd } from '../support/real-etcd.js';

const haveRealEtcd = await realEtcdAvailable();

describe.runIf(haveRealEtcd)('startRealEtcd', () => {
  const running: { stop(): unknown }[] = [];

  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  async function start(args: string[] = []): Promise<{ etcd: RealEtcd; client: EtcdRawClient }> {
    const etcd = await startRealEtcd({ args });
    const client = new EtcdRawClient(etcd.endpoint);
    running.push({ stop: () => client.close() }, etcd);
    return { etcd, client };
  }

  const key = Buffer.from('key');

  it('gives each its own empty etcd', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await one.client.call('KV', 'Put', { key });
    expect(await one.client.call('KV', 'Range', { key })).toMatchObject({ count: '1' });
    expect(await two.client.call('KV', 'Range', { key })).toMatchObject({ count: '0' });
    expect(one.etcd.pid).not.toBe(two.etcd.pid);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('keeps data and endpoint over a restart by %s', async (signal) => {
    const { etcd, client } = await start();
    await client.call('KV', 'Put', { key });
    const { pid, endpoint } = etcd;
    await etcd.restart(signal);
    expect(etcd.pid).not.toBe(pid);
    expect(etcd.endpoint).toBe(endpoint);
    const again = new EtcdRawClient(etcd.endpoint);
    running.push({ stop: () => again.close() });
    expect(await again.call('KV', 'Range', { key })).toMatchObject({ count: '1' });
  });

  it('leaves neither process nor data when stopped, even from SIGSTOP', async () => {
    const { etcd } = await start();
    const { pid, dataDir } = etcd;
    expect(existsSync(dataDir)).toBe(true);
    process.kill(pid, 'SIGSTOP');
    await etcd.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(dataDir)).toBe(false);
    await etcd.stop();
  });

  it('rejects with what etcd said when it does not start', async () => {
    await expect(start(['--no-such-flag'])).rejects.toThrow('no-such-flag');
  });
});
