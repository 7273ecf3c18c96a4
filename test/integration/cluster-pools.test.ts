import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterView } from '../../src/cluster/index.js';
import { shardOf } from '../../src/core/index.js';
import { GoverseObject, GoverseService, Method, objectId } from '../../src/index.js';
import { TestGate, TestNode } from '../../src/testing/index.js';
import { ClusterLab, countsOf, isBalanced, viewWhere } from '../support/cluster-lab.js';
import { EtcdRawClient } from '../support/etcd-raw-client.js';
import { startTestEtcd } from '../support/test-etcd.js';
import type { TestEtcd } from '../support/test-etcd.js';

let etcd: TestEtcd;

beforeAll(async () => {
  etcd = await startTestEtcd();
});
afterAll(() => etcd.stop());

const arena = { pool: 'arena', types: ['Arena'] };

describe('shard spaces of pools', () => {
  let lab: ClusterLab;

  beforeEach(() => {
    lab = new ClusterLab(etcd.endpoint);
  });
  afterEach(async () => {
    await lab.stop();
    expect(lab.overlaps).toEqual([]);
  });

  const bothBalanced = (rooms: number, arenas: number) => (view: ClusterView) =>
    isBalanced(view, rooms) && isBalanced(view, arenas, 'arena');

  it('are each owned whole, balanced, led and drained by the nodes of their pool', async () => {
    const [room, otherRoom] = await lab.startNodes(2);
    const [first, second] = await lab.startNodes(2, arena);
    const view = await viewWhere(room!.node, bothBalanced(2, 2));
    expect([...countsOf(view, 'arena').keys()].sort()).toEqual([first!.address, second!.address].sort());
    expect([...countsOf(view).keys()].sort()).toEqual([room!.address, otherRoom!.address].sort());
    const leads = (nodes: readonly { lines: string[] }[]) =>
      nodes.flatMap(({ lines }) => lines).filter((line) => line.includes('leads the cluster'));
    expect(leads([room!, otherRoom!])).toHaveLength(1);
    expect(leads([first!, second!])).toHaveLength(1);
    const released = () => room!.host.released.length + otherRoom!.host.released.length;
    const before = released();
    await first!.node.drain();
    await first!.node.stop();
    const after = await viewWhere(room!.node, bothBalanced(2, 1));
    expect(after.poolOf('Arena')).toBe('arena');
    expect(after.poolOf('Room')).toBe('default');
    expect(released()).toBe(before);
  });

  it('drains the only node of its pool at once although other pools have nodes', async () => {
    await lab.startNodes(1);
    const [only] = await lab.startNodes(1, arena);
    await only!.node.drain();
    expect(only!.host.active.size).toBe(0);
  });

  it('waits for the quorum of its own pool', async () => {
    await lab.startNodes(2);
    const lone = lab.node({ ...arena, minNodes: 2 });
    await lone.node.start();
    await viewWhere(lone.node, (view) => view.nodes.size === 3);
    expect(lone.node.readiness()).toEqual({ ready: false, reason: 'waiting for 1 more node' });
    await lab.startNodes(1, { ...arena, minNodes: 2 });
    await lone.node.whenReady();
  });

  it('leaves the keys of the default pool where processes without pools look, and shows them nothing of others', async () => {
    const [room] = await lab.startNodes(1, { weight: 2 });
    const [other] = await lab.startNodes(1, { ...arena, weight: 5 });
    const raw = new EtcdRawClient(etcd.endpoint);
    const { kvs } = (await raw.call('KV', 'Range', {
      key: Buffer.from(`${lab.prefix}/`),
      range_end: Buffer.from(`${lab.prefix}0`),
    })) as { kvs: { key: Buffer; value: Buffer }[] };
    raw.close();
    const values = new Map(kvs.map(({ key, value }) => [key.toString().slice(lab.prefix.length), value.toString()]));
    expect([...values.keys()].sort()).toEqual(
      [
        '/assignment',
        `/claims/${room!.address}`,
        '/leader',
        `/nodes/${room!.address}`,
        `/nodes/${other!.address}`,
        '/pools/arena/assignment',
        `/pools/arena/claims/${other!.address}`,
        '/pools/arena/leader',
        '/store',
        '/types',
      ].sort(),
    );
    expect(JSON.parse(values.get(`/nodes/${room!.address}`)!)).not.toHaveProperty('pool');
    expect(JSON.parse(values.get(`/nodes/${other!.address}`)!)).toMatchObject({ weight: 0, poolWeight: 5 });
    expect(JSON.parse(values.get('/types')!)).toEqual({ pools: { Arena: 'arena', Room: 'default' } });
  });

  it('refuses a node that hosts a type of another pool, and says where it is hosted', async () => {
    const [room] = await lab.startNodes(1);
    const stray = lab.node({ pool: 'arena', types: ['Arena', 'Room'] });
    await expect(stray.node.start()).rejects.toMatchObject({
      reason: 'POOL_MISMATCH',
      message: expect.stringMatching(new RegExp(`Room in the pool arena.*${room!.address}.*pool default`)),
    });
  });

  it('lets a type change its pool once its old nodes are gone', async () => {
    const [old] = await lab.startNodes(1, arena);
    const next = lab.node({ pool: 'fresh', types: ['Arena'], leaseTtlSeconds: 10 });
    const started = next.node.start();
    await old!.node.stop();
    await started;
    await next.node.whenReady();
    expect(next.node.view.poolOf('Arena')).toBe('fresh');
  });

  it('lets only one of several pools have a type that they all want at once', async () => {
    const nodes = ['p', 'q', 'r'].map((pool) => lab.node({ pool, types: ['Wanted'] }));
    const outcomes = await Promise.allSettled(nodes.map(({ node }) => node.start()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ reason: 'POOL_MISMATCH' });
  });
});

@GoverseObject()
class Room {
  constructor(private readonly goverse: GoverseService) {}

  @Method()
  name(): string {
    return 'room';
  }

  @Method()
  async neighbour(id: string): Promise<unknown> {
    return this.goverse.callObject(id, 'name');
  }
}

@GoverseObject()
class Arena {
  @Method()
  name(): string {
    return 'arena';
  }
}

describe('calls in a cluster whose nodes host different types', () => {
  const options = () => ({ etcd: [etcd.endpoint], etcdPrefix: '/mixed', listen: '127.0.0.1:0', leaseTtlSeconds: 2 });
  const startNode = async (pool: string, ...providers: (new (...args: never[]) => unknown)[]): Promise<TestNode> => {
    const node = await TestNode.start({ ...options(), pool }, { imports: [], providers });
    await node.whenReady();
    return node;
  };
  const ids = (type: typeof Room | typeof Arena) => Array.from({ length: 60 }, (_, i) => objectId(type, `${i}`));
  let rooms: TestNode[];
  let arenas: TestNode;
  let gate: TestGate;

  beforeAll(async () => {
    rooms = [await startNode('default', Room), await startNode('default', Room)];
    arenas = await startNode('arena', Arena);
    gate = await TestGate.start({ ...options(), httpListen: false }, { imports: [], providers: [] });
    await gate.whenReady();
  });
  afterAll(() => Promise.all([gate, arenas, ...rooms].map((process) => process.stop())));

  it('reach a node that hosts the type, from a gate and from nodes of any pool', async () => {
    for (const from of [gate, ...rooms, arenas]) {
      const call = (id: string) => from.goverse.callObject(id, 'name');
      expect(new Set(await Promise.all(ids(Room).map(call)))).toEqual(new Set(['room']));
      expect(new Set(await Promise.all(ids(Arena).map(call)))).toEqual(new Set(['arena']));
    }
    expect(await gate.goverse.callObject('Room-1', 'neighbour', 'Arena-1')).toBe('arena');
    const living = [...rooms, arenas].flatMap((node) => node.objects().map(({ type }) => [node.address, type]));
    expect(living.filter(([address]) => address === arenas.address).every(([, type]) => type === 'Arena')).toBe(true);
    expect(living.filter(([, type]) => type === 'Arena')).toHaveLength(60);
  });

  it('go to a fixed shard of the pool of the type, and to a fixed node of any pool', async () => {
    const shard = shardOf('Room-0');
    expect(await gate.goverse.callObject(`shard#${shard}/Room-x`, 'name')).toBe('room');
    expect(await gate.goverse.callObject(`shard#${shard}/Arena-x`, 'name')).toBe('arena');
    expect(await rooms[0]!.goverse.callObject(`${arenas.address}/Arena-x`, 'name')).toBe('arena');
    await expect(gate.goverse.callObject(`${arenas.address}/Room-x`, 'name')).rejects.toMatchObject({
      reason: 'UNKNOWN_TYPE',
    });
  });

  it('are refused as of an unknown type when no node has ever hosted it', async () => {
    await expect(gate.goverse.callObject('Nobody-1', 'name')).rejects.toMatchObject({
      reason: 'UNKNOWN_TYPE',
      message: expect.stringMatching(/Nobody.*Arena, Room/),
    });
  });

  it('wait for a node of the type, and are told NO_OWNER with the type when none comes', async () => {
    await arenas.stop();
    // The gate hears of it a moment later.
    const told = () =>
      gate.goverse.callObject('Arena-1', 'name', undefined, { timeoutMs: 300 }).catch((error: unknown) => error);
    await expect.poll(told).toMatchObject({
      reason: 'NO_OWNER',
      message: expect.stringContaining('no node is alive that hosts Arena (pool arena)'),
    });
    expect(await gate.goverse.callObject('Room-1', 'name')).toBe('room');
    const waiting = gate.goverse.callObject('Arena-1', 'name');
    arenas = await startNode('arena', Arena);
    expect(await waiting).toBe('arena');
  });
});
