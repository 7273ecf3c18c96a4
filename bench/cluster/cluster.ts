/** `npm run bench:cluster`: how long clusters of real processes take to start and to recover, and what they ask of etcd. */
import 'reflect-metadata';
import { ClusterGate } from '../../src/cluster/index.js';
import type { ClusterView } from '../../src/cluster/index.js';
import { GoverseClient } from '../../src/client/index.js';
import { uniqueId } from '../../src/core/index.js';
import { etcdRequests, requestsBetween } from '../../test/support/etcd-requests.js';
import type { EtcdRequests } from '../../test/support/etcd-requests.js';
import { GoverseProcess } from '../../test/support/goverse-process.js';
import { startRealEtcd } from '../../test/support/real-etcd.js';
import { spawnServer } from '../server-process.js';

const SIZES = [1, 3, 8];
const [SHARDS, TTL_SECONDS, CALLS, AT_ONCE, IDLE_MS] = [8_192, 10, 10_000, 100, 10_000];
const PATIENCE_MS = 180_000;

const said = ({ requests, streams, keepalives }: EtcdRequests): string =>
  `${requests} requests, ${streams} streams, ${keepalives} keepalives`;

/** A node or a gate that joins; resolves at its `ready` line. */
async function join(role: 'node' | 'gate', etcd: string): Promise<GoverseProcess> {
  const flags = ['--listen', '127.0.0.1:0', '--etcd', etcd, '--lease-ttl-seconds', String(TTL_SECONDS)];
  if (role === 'gate') flags.push('--http-listen', 'false');
  return GoverseProcess.ready(spawnServer(`bench.${role}.main`, flags, PATIENCE_MS));
}

/** Milliseconds until the view is as wanted. */
async function until(watcher: ClusterGate, wanted: (view: ClusterView) => boolean): Promise<number> {
  const since = performance.now();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  while (!wanted(watcher.view)) await watcher.nextView(signal);
  return performance.now() - since;
}

function isServed(view: ClusterView, nodes: number): boolean {
  const owners = Array.from({ length: view.shards }, (_, shard) => view.ownerOf(shard));
  return view.nodes.size === nodes && owners.every((owner) => owner !== undefined && view.nodes.has(owner));
}

const isSettled = (view: ClusterView, nodes: number): boolean =>
  isServed(view, nodes) &&
  Array.from({ length: view.shards }).every((_, shard) => view.ownerOf(shard) === view.assigneeOf(shard));

/** Returns the seconds it took. */
async function callMany(gate: string): Promise<string> {
  const since = performance.now();
  const client = await GoverseClient.connect(`grpc://${gate}`);
  for (let done = 0; done < CALLS; done += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => client.callObject(`Echo-${done + n}`, 'Echo', 'x')));
  await client.close();
  return ((performance.now() - since) / 1_000).toFixed(1);
}

async function measure(size: number): Promise<void> {
  const etcd = await startRealEtcd();
  const watcher = new ClusterGate({
    etcd: [etcd.endpoint],
    prefix: '/goverse',
    address: '127.0.0.1:1',
    startId: uniqueId(),
    shards: SHARDS,
    leaseTtlSeconds: 600,
  });
  const started: GoverseProcess[] = [];
  const count = async <T>(work: () => Promise<T>): Promise<{ result: T; cost: EtcdRequests }> => {
    const before = await etcdRequests(etcd.endpoint);
    const result = await work();
    return { result, cost: requestsBetween(before, await etcdRequests(etcd.endpoint)) };
  };
  const line = (what: string, text: string): void =>
    console.log(`${String(size).padStart(2)} node(s)  ${what.padEnd(9)} ${text}`);
  try {
    const start = await count(async () => {
      const since = performance.now();
      started.push(...(await Promise.all(Array.from({ length: size }, () => join('node', etcd.endpoint)))));
      return performance.now() - since;
    });
    line('start', `all ready ${Math.round(start.result)} ms after their processes began, ${said(start.cost)}`);
    await watcher.start();
    await until(watcher, (view) => isSettled(view, size));

    const idle = await count(() => new Promise((resolve) => setTimeout(resolve, IDLE_MS)));
    line('idle', `in ${IDLE_MS / 1_000} s ${said(idle.cost)} (the watcher's included)`);

    const gate = await join('gate', etcd.endpoint);
    started.push(gate);
    const calls = await count(() => callMany(gate.address));
    line(
      'calls',
      `${CALLS} calls to as many objects, in ${calls.result} s: ${said(calls.cost)} (of the time, not of the calls)`,
    );

    const before = Array.from({ length: SHARDS }, (_, shard) => watcher.view.ownerOf(shard));
    const joined = await count(async () => {
      started.push(await join('node', etcd.endpoint));
      return until(watcher, (view) => isSettled(view, size + 1));
    });
    const moved = before.filter((owner, shard) => watcher.view.ownerOf(shard) !== owner).length;
    line('join', `one more node took ${moved} shards, ${said(joined.cost)}`);

    const failover = await count(async () => {
      const since = performance.now();
      await started[0]!.child.kill();
      await until(watcher, (view) => isServed(view, size));
      return performance.now() - since;
    });
    const beyond = Math.round(failover.result - TTL_SECONDS * 1_000);
    line(
      'failover',
      `all shards owned again at TTL ${beyond < 0 ? '-' : '+'} ${Math.abs(beyond)} ms after SIGKILL, ${said(failover.cost)}`,
    );
  } finally {
    await Promise.all(started.map(({ child }) => child.kill()));
    await watcher.stop();
    await etcd.stop();
  }
}

// Every process ends with this one.
process.setMaxListeners(0);
for (const size of SIZES) await measure(size);
process.exit(0);
