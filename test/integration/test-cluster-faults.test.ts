import { afterEach, describe, expect, it } from 'vitest';
import type { DeactivationReason, OnActivate, OnDeactivate } from '../../src/index.js';
import type { GoverseError } from '../../src/index.js';
import { CallContext, GoverseObject, GoverseService, Method, ObjectContext, PushService } from '../../src/index.js';
import type { TestClusterOptions, TestNode, TurnRecorder } from '../../src/testing/index.js';
import { TestCluster } from '../../src/testing/index.js';
import { GoverseClient } from '../../src/client/index.js';
import { Door } from '../support/door.js';

/** What the objects of a test tell it. */
class World {
  door = new Door();
  ticks = 0;
  ends: DeactivationReason[] = [];
  nested: Promise<unknown> | undefined;
  pushed: Promise<unknown> | undefined;
  aborted = false;
}

let world: World;
let cluster: TestCluster | undefined;

@GoverseObject()
class Tally implements OnActivate, OnDeactivate {
  private count = 0;

  constructor(
    private readonly self: ObjectContext,
    private readonly goverse: GoverseService,
    private readonly push: PushService,
  ) {}

  onActivate(): void {
    if (this.self.key.startsWith('ticking')) this.self.setTimer(() => world.ticks++, 50, 50);
  }

  onDeactivate(reason: DeactivationReason): void {
    world.ends.push(reason);
  }

  @Method()
  add(n: number): number {
    return (this.count += n);
  }

  @Method()
  ask(id: string): Promise<number> {
    return this.goverse.callObject<number>(id, 'add', 1, { timeoutMs: 10_000 });
  }

  /** Waits at the door, then calls somebody and pushes to its client. */
  @Method()
  async linger(id: string, call: CallContext): Promise<void> {
    call.signal.addEventListener('abort', () => (world.aborted = true));
    await world.door.pass();
    world.pushed = this.push.pushMessageToClient(call.clientId!, { type: 'Late', data: {} });
    world.pushed.catch(() => undefined);
    world.nested = this.goverse.callObject(id, 'add', 1);
    await world.nested.catch(() => undefined);
  }
}

/** Nobody is to lose a lease here, however busy the machine. */
const LONG_LEASE = { leaseTtlSeconds: 10 };

afterEach(async () => {
  world.door.open();
  await cluster?.stop();
  cluster = undefined;
});

async function start(options: Partial<TestClusterOptions>): Promise<{ cluster: TestCluster; recorder: TurnRecorder }> {
  world = new World();
  cluster = await TestCluster.start({ nodes: 2, gates: 1, providers: [Tally], ...options });
  return { cluster, recorder: cluster.record() };
}

/** Ids bound to a node need no luck to be there; those of shards are looked for. */
async function objectOn(node: TestNode, prefix = 'free'): Promise<string> {
  for (let n = 0; n < 100; n++) {
    // One that starved for a moment may have to join again first.
    await ready(node);
    const id = `Tally-${prefix}${n}`;
    await cluster!.goverse.callObject(id, 'add', 0);
    if (node.objects().some((object) => object.id === id)) return id;
  }
  throw new Error(`No object came to live on ${node.address}`);
}

function fenced(node: TestNode): Promise<unknown> {
  return expect.poll(() => node.readiness).toMatchObject({ ready: false });
}

function ready(node: TestNode): Promise<unknown> {
  return expect.poll(() => node.readiness).toMatchObject({ ready: true });
}

describe('A node of a TestCluster', () => {
  it('is drained without a failed or repeated call', async () => {
    const { cluster, recorder } = await start({ node: LONG_LEASE });
    const client = await cluster.connect();
    const ids = Array.from({ length: 40 }, (_, n) => `Tally-${n}`);
    let over = false;
    const load = ids.map(async (id) => {
      let calls = 0;
      for (; !over; calls++) await client.callObject(id, 'add', 1);
      return calls;
    });
    await cluster.nodes[0]!.drain();
    over = true;
    expect((await Promise.all(load)).every((calls) => calls > 0)).toBe(true);
    expect(cluster.nodes[0]!.alive).toBe(false);
    expect(await recorder.verdict()).toEqual([]);
    expect(recorder.ledger.turns).toBeGreaterThan(ids.length);
  });

  it('that stands still longer than its lease has no effect any more, and joins again by itself', async () => {
    const { cluster, recorder } = await start({});
    const [sleeper, other] = cluster.nodes as [TestNode, TestNode];
    const client = await cluster.connect();
    const [busy, ticking, target] = [
      await objectOn(sleeper),
      await objectOn(sleeper, 'ticking'),
      await objectOn(other, 'target'),
    ];
    const pushes: unknown[] = [];
    client.on('Late', (message) => pushes.push(message));
    const lingering = client.callObject(busy, 'linger', target);
    const lost = expect(lingering).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    await world.door.reached;
    await expect.poll(() => world.ticks).toBeGreaterThan(0);

    sleeper.pause();
    const ticks = world.ticks;
    // Somebody else answers for them as soon as the lease is over.
    expect(await other.goverse.callObject(busy, 'add', 5)).toBe(5);
    expect(await other.goverse.callObject(ticking, 'add', 5)).toBe(5);
    const ownTicks = world.ticks;
    const counted = await other.goverse.callObject(target, 'add', 0);
    sleeper.resume();
    await lost;
    await expect.poll(() => world.aborted).toBe(true);
    world.door.open();
    await expect.poll(() => world.nested !== undefined).toBe(true);
    await expect(world.nested).rejects.toMatchObject({ reason: 'FENCED' });
    await expect(world.pushed).rejects.toMatchObject({ reason: 'FENCED' });
    expect(pushes).toEqual([]);
    await expect.poll(() => world.ends).toContain('fenced');
    await ready(sleeper);
    expect(await other.goverse.callObject(target, 'add', 0)).toBe(counted);
    expect(ownTicks).toBeGreaterThanOrEqual(ticks);
    expect(await objectOn(sleeper, 'again')).toBeDefined();
    expect(await recorder.verdict()).toEqual([]);
    expect(recorder.ledger.outlivedTurns).toBe(1);
  });

  it('that stands still does not keep its cluster from being stopped', async () => {
    const { cluster } = await start({ node: LONG_LEASE });
    await cluster.connect();
    cluster.nodes[0]!.pause();
    await cluster.stop();
    expect(cluster.nodes.map(({ alive }) => alive)).toEqual([false, false]);
  });

  it('cut off from etcd serves until its lease is over, is fenced, and joins again when etcd is back', async () => {
    const { cluster, recorder } = await start({});
    const [cut, other] = cluster.nodes as [TestNode, TestNode];
    const id = await objectOn(cut);
    cut.cutFromEtcd();
    expect(await other.goverse.callObject(id, 'add', 1)).toBe(1);
    await fenced(cut);
    expect(await other.goverse.callObject(id, 'add', 3)).toBe(3);
    cut.mendEtcd();
    await ready(cut);
    expect(await objectOn(cut, 'again')).toBeDefined();
    expect(await recorder.verdict()).toEqual([]);
  });

  it('cut off from a peer keeps its objects: calls between the two wait for the way to be mended', async () => {
    const { cluster, recorder } = await start({ node: LONG_LEASE });
    const [one, other] = cluster.nodes as [TestNode, TestNode];
    const here = await objectOn(one);
    const there = await objectOn(other);
    await one.goverse.callObject(here, 'ask', there);
    one.cutFromPeer(other);
    const reason = () =>
      one.goverse.callObject(there, 'add', 0, { timeoutMs: 200 }).then(
        () => 'answered',
        (error: GoverseError) => error.reason,
      );
    await expect.poll(reason).toBe('NOT_READY');
    const asked = one.goverse.callObject(here, 'ask', there);
    // Gates still reach both.
    const client = await cluster.connect();
    expect(await client.callObject(there, 'add', 10)).toBe(11);
    one.mendPeer(other);
    expect(await asked).toBe(12);
    expect(one.readiness.ready && other.readiness.ready).toBe(true);
    expect(await recorder.verdict()).toEqual([]);
  });

  it('that is killed leaves nothing behind in gates and other nodes', async () => {
    const { cluster, recorder } = await start({ nodes: 3 });
    const [dead, ...rest] = cluster.nodes as [TestNode, TestNode, TestNode];
    const gate = cluster.gates[0]!;
    for (const node of cluster.nodes)
      for (const peer of cluster.nodes) {
        if (node !== peer) await node.goverse.callObject(await objectOn(peer), 'add', 1);
      }
    const links = () => [...rest, gate].filter((process) => process.peers().includes(dead.address));
    expect(links()).toHaveLength(3);
    await dead.kill();
    await expect.poll(() => links().length).toBe(0);
    expect(gate.peers().toSorted()).toEqual(rest.map(({ address }) => address).toSorted());
    await gate.kill();
    await expect.poll(() => rest.flatMap((node) => node.registeredGates())).toEqual([]);
    expect(await recorder.verdict()).toEqual([]);
  });

  it('and gates that are killed leave no connection behind in those that go on', async () => {
    const { cluster, recorder } = await start({ nodes: 2 });
    const [one, other] = cluster.nodes as [TestNode, TestNode];
    const client = await cluster.connect();
    const ids = Array.from({ length: 10 }, (_, n) => `Tally-${n}`);
    const open = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const bounce = async (): Promise<void> => {
      const [node, gate] = [await cluster.addNode(), await cluster.addGate()];
      for (const from of [one, other, node, gate, client])
        await Promise.all(
          ids.map((id) => (from instanceof GoverseClient ? from : from.goverse).callObject(id, 'add', 1)),
        );
      await Promise.all([node.kill(), gate.kill()]);
      const gone = () => [one, other].flatMap((peer) => [...peer.peers(), ...peer.registeredGates()]);
      await expect.poll(gone).not.toContain(node.address);
      await expect.poll(gone).not.toContain(gate.address);
      await Promise.all(ids.map((id) => client.callObject(id, 'add', 1)));
    };
    await bounce();
    const before = open();
    await bounce();
    await expect.poll(open).toBeLessThanOrEqual(before);
    expect(await recorder.verdict()).toEqual([]);
  });
});
