import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChatProcesses } from '../support/chat-processes.js';
import { failureOf } from '../support/raw-call.js';
import { RawClient } from '../support/raw-client.js';
import { RawNode } from '../support/raw-node.js';
import { startTestEtcd } from '../support/test-etcd.js';
import type { TestEtcd } from '../support/test-etcd.js';

const SECRET = 'known to the cluster alone';

describe('a process that starts', () => {
  let etcd: TestEtcd;
  let prefixes = 0;
  const running: ChatProcesses[] = [];

  /** Every test has a cluster of its own on the one etcd. */
  const cluster = (env: Record<string, string> = {}, endpoint = etcd.endpoint) => {
    const processes = new ChatProcesses(
      endpoint,
      ['--lease-ttl-seconds', '2', '--etcd-prefix', `/starts-${++prefixes}`],
      env,
    );
    running.push(processes);
    return processes;
  };

  beforeAll(async () => {
    etcd = await startTestEtcd();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((processes) => processes.stop()));
  });

  afterAll(() => etcd?.stop());

  it('refuses the address of a node that lives, naming it', async () => {
    const processes = cluster();
    const holder = await processes.startNode();
    const second = processes.spawn('node', ['--listen', '127.0.0.1:0', '--advertise', holder.address]);
    await second.line(new RegExp(`${holder.address} is in use`));
    expect(await second.exit()).toBeGreaterThan(0);
    expect(second.output).not.toMatch(/^ready/m);
    expect(holder.child.running).toBe(true);
  });

  it('refuses a port that is taken, naming it', async () => {
    const processes = cluster();
    const holder = await processes.startNode();
    const second = processes.spawn('node', ['--listen', holder.address]);
    await second.line(new RegExp(holder.address));
    expect(await second.exit()).toBeGreaterThan(0);
    expect(second.output).not.toMatch(/^ready/m);
  });

  it.each(['node', 'gate'] as const)(
    'as a %s refuses a wrong value, naming the setting, where it comes from and what is allowed',
    async (role) => {
      const child = cluster({ GOVERSE_DRAIN_TIMEOUT_MS: 'soon' }).spawn(role, ['--shards', 'many']);
      expect(await child.exit()).toBeGreaterThan(0);
      expect(child.output).toMatch(/shards from the flag --shards is "many": allowed is a whole number from 1/);
      expect(child.output).toMatch(
        /drainTimeoutMs from GOVERSE_DRAIN_TIMEOUT_MS is "soon": allowed is a whole number from 1/,
      );
      expect(child.output).not.toMatch(/^ready/m);
    },
  );

  it('refuses a flag that does not exist, naming one that does', async () => {
    const child = cluster().spawn('node', ['--lisen', '127.0.0.1:0']);
    expect(await child.exit()).toBeGreaterThan(0);
    expect(child.output).toMatch(/there is no flag --lisen; did you mean --listen/);
  });

  it.each([
    ['node', ['--listen', '0.0.0.0:0', '--advertise', '127.0.0.1:47999']],
    ['gate', ['--listen', '0.0.0.0:0', '--advertise', '127.0.0.1:49999', '--http-listen', '127.0.0.1:0']],
    ['gate', ['--listen', '127.0.0.1:0', '--http-listen', '0.0.0.0:0']],
  ] as const)('as a %s refuses to be reached by other machines without a secret: %j', async (role, flags) => {
    const child = cluster().spawn(role, flags);
    expect(await child.exit()).toBeGreaterThan(0);
    expect(child.output).toMatch(/0\.0\.0\.0:0, which other machines can reach: set clusterSecret/);
    expect(child.output).not.toMatch(/^ready/m);
  });

  it('listens for other machines with a secret', async () => {
    const node = await cluster({ GOVERSE_CLUSTER_SECRET: SECRET }).startNode(
      '--listen',
      '0.0.0.0:0',
      '--advertise',
      '127.0.0.1:0',
    );
    expect(node.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  });

  it.each(['node', 'gate'] as const)(
    'as a %s without an etcd says so and what to do, is never ready, and ends with SIGTERM',
    async (role) => {
      const child = cluster({}, '127.0.0.1:1').spawn(role, [
        '--listen',
        '127.0.0.1:0',
        ...(role === 'gate' ? ['--http-listen', '127.0.0.1:0'] : []),
      ]);
      const line = await child.line(/Cannot reach etcd/);
      expect(line).toContain('127.0.0.1:1');
      expect(line).toContain('--etcd embedded');
      expect(await child.stop('SIGTERM')).toBe(0);
      expect(child.output).not.toMatch(/^ready/m);
    },
  );

  it('speaks with those who know the secret, and with nobody else', async () => {
    const processes = cluster({ GOVERSE_CLUSTER_SECRET: SECRET });
    const [node, gate] = [await processes.startNode(), await processes.startGate()];
    const client = new RawClient(gate.address);
    expect(await client.call('ChatRoom-secret', 'Members')).toEqual([]);
    client.close();

    const stranger = new RawNode(node.address);
    const refusal = { code: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED' };
    expect(await failureOf(stranger.call('ChatRoom-secret', 'Members'))).toMatchObject(refusal);
    expect(await failureOf(stranger.status())).toMatchObject(refusal);
    expect(await failureOf(stranger.listObjects())).toMatchObject(refusal);
    expect(await failureOf(stranger.delete('ChatRoom-secret'))).toMatchObject(refusal);
    expect(await stranger.registerGate('127.0.0.1:1001').ended()).toMatchObject(refusal);
    stranger.close();
    // The secret is for each other: neither prints it.
    expect(node.child.output + gate.child.output).not.toContain(SECRET);
  });

  it('as a gate with another secret is never ready', async () => {
    const processes = cluster({ GOVERSE_CLUSTER_SECRET: SECRET });
    const node = await processes.startNode();
    const gate = processes.spawn('gate', [
      '--listen',
      '127.0.0.1:0',
      '--http-listen',
      '127.0.0.1:0',
      '--cluster-secret',
      'something else',
    ]);
    await gate.line(new RegExp(`${node.address}.*(secret|UNAUTHENTICATED)`, 'i'));
    expect(await gate.stop('SIGTERM')).toBe(0);
    expect(gate.output).not.toMatch(/^ready/m);
  });
});
