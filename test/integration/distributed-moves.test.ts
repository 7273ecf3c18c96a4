import { afterEach, describe, expect, it } from 'vitest';
import type { DeactivationReason, OnDeactivate } from '../../src/index.js';
import { GoverseObject, GoverseService, Method, ObjectContext } from '../../src/index.js';
import type { TestNode } from '../../src/testing/index.js';
import { TestCluster } from '../../src/testing/index.js';
import { RawNode } from '../support/raw-node.js';

/** Objects of all kinds share them. */
const FEW_SHARDS = { shards: 64 };

/** Nobody is to lose a lease where moves are planned, however busy the machine. */
const LONG_LEASE = { leaseTtlSeconds: 10 };

const KEYS = Array.from({ length: 200 }, (_, n) => `k${n}`);

const deactivations: { id: string; reason: DeactivationReason }[] = [];

@GoverseObject()
class Ledger implements OnDeactivate {
  private entries = 0;

  constructor(private readonly self: ObjectContext) {}

  @Method()
  async append(): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    return ++this.entries;
  }

  /** Longer than a process that vanished gets to answer. */
  @Method()
  async dawdle(): Promise<string> {
    dawdling();
    await left;
    await new Promise((resolve) => setTimeout(resolve, 600));
    return this.self.id;
  }

  @Method({ idempotent: true })
  async retried(): Promise<string> {
    return this.self.id;
  }

  onDeactivate(reason: DeactivationReason): void {
    deactivations.push({ id: this.self.id, reason });
    if (reason === 'moved') firstMove();
  }
}

/** What every errand waits for, and what tells that all of them do. */
class Barrier {
  arrived = 0;
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
  allArrived!: () => void;
  readonly full = new Promise<void>((resolve) => (this.allArrived = resolve));

  async pass(): Promise<void> {
    if (++this.arrived === KEYS.length) this.allArrived();
    await this.opened;
  }
}

let barrier = new Barrier();
let firstMove = () => {};
let dawdling = () => {};
let left: Promise<void> = Promise.resolve();

@GoverseObject()
class Errand {
  constructor(private readonly goverse: GoverseService) {}

  @Method()
  async run(key: string): Promise<unknown> {
    await barrier.pass();
    return this.goverse.callObject(`Ledger-${key}`, 'append');
  }
}

/** Calls all objects over and over, from a gate, until it is stopped. */
class Load {
  answered = 0;
  readonly errors: unknown[] = [];
  private running = true;
  private readonly workers: Promise<void>[];

  constructor(private readonly cluster: TestCluster) {
    this.workers = Array.from({ length: 16 }, (_, worker) => this.work(worker));
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.workers);
  }

  private async work(worker: number): Promise<void> {
    const goverse = this.cluster.gates[0]!.goverse;
    for (let n = worker; this.running; n++) {
      try {
        await goverse.object(Ledger, KEYS[n % KEYS.length]!).append();
        this.answered++;
      } catch (error) {
        this.errors.push(error);
      }
    }
  }
}

describe('a cluster under load', () => {
  let cluster: TestCluster | undefined;

  afterEach(async () => {
    await cluster?.stop();
    deactivations.length = 0;
  });

  const living = () =>
    cluster!.nodes.filter(({ alive }) => alive).flatMap((node) => node.objects().map(({ id }) => id));

  it('gives a new node its share without a failed call, and no object lives twice', async () => {
    cluster = await TestCluster.start({ nodes: 1, gates: 1, providers: [Ledger], node: LONG_LEASE });
    await Promise.all(KEYS.map((key) => cluster!.goverse.object(Ledger, key).append()));
    const load = new Load(cluster);
    const added = await cluster.addNode();
    await Promise.all(KEYS.map((key) => cluster!.goverse.object(Ledger, key).append()));
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(load.answered).toBeGreaterThan(0);
    expect(new Set(living()).size).toBe(living().length);
    expect(added.objects().length).toBeGreaterThan(KEYS.length / 4);
    expect(new Set(deactivations.map(({ reason }) => reason))).toEqual(new Set(['moved']));
  });

  it('tells operators what its nodes hold, and that nothing is on its way any more', async () => {
    cluster = await TestCluster.start({
      nodes: 2,
      gates: 0,
      providers: [Ledger],
      node: { ...FEW_SHARDS, ...LONG_LEASE },
    });
    const [first, second] = cluster.nodes.map(({ address }) => new RawNode(address)) as [RawNode, RawNode];
    const statuses = () => Promise.all([first.status(), second.status()]);
    try {
      await expect
        .poll(async () => (await statuses()).map(({ shards_held, shards_moving }) => [shards_held, shards_moving]))
        .toEqual([
          [32, 0],
          [32, 0],
        ]);
      const [one, other] = await statuses();
      expect([one.state, other.state]).toEqual(['serving', 'serving']);
      expect(one.epoch!.generation).toBe(other.epoch!.generation);
      expect(one.epoch!.revision).not.toBe(other.epoch!.revision);
      await cluster.nodes[1]!.stop();
      await expect.poll(() => first.status()).toMatchObject({ shards_held: 64, shards_moving: 0 });
      expect((await first.status()).epoch!.revision).toBeGreaterThan(other.epoch!.revision);
    } finally {
      first.close();
      second.close();
    }
  });

  it('loses no call when a node is stopped', async () => {
    cluster = await TestCluster.start({ nodes: 3, gates: 1, providers: [Ledger], node: LONG_LEASE });
    const load = new Load(cluster);
    await Promise.all(KEYS.map((key) => cluster!.goverse.object(Ledger, key).append()));
    await cluster.nodes[0]!.stop();
    await Promise.all(KEYS.map((key) => cluster!.goverse.object(Ledger, key).append()));
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(living().length).toBe(KEYS.length);
  });

  it('lets the last turns of a stopping node call objects that leave with them', async () => {
    cluster = await TestCluster.start({
      nodes: 2,
      gates: 1,
      providers: [Ledger, Errand],
      node: { ...FEW_SHARDS, ...LONG_LEASE },
      gate: FEW_SHARDS,
    });
    await Promise.all(KEYS.map((key) => cluster!.goverse.object(Ledger, key).append()));
    barrier = new Barrier();
    const moving = new Promise<void>((resolve) => (firstMove = resolve));
    const errands = KEYS.map((key, n) => cluster!.goverse.object(Errand, KEYS.at(-n)!).run(key));
    await barrier.full;
    const stopped = cluster.nodes[0]!.stop();
    await moving;
    barrier.open();
    // Well before the deadline of the calls: none of them waits for a turn that waits for it.
    await Promise.all([...errands, stopped]);
    expect(living().length).toBeGreaterThanOrEqual(KEYS.length);
  });

  it('waits for the answer of a long turn of a stopping node', async () => {
    cluster = await TestCluster.start({ nodes: 2, gates: 1, providers: [Ledger], node: LONG_LEASE });
    await Promise.all(KEYS.map((key) => cluster!.goverse.object(Ledger, key).append()));
    const [leaving] = cluster.nodes as [TestNode];
    const key = KEYS.find((each) => leaving.objects().some(({ id }) => id === `Ledger-${each}`))!;
    const began = new Promise<void>((resolve) => (dawdling = resolve));
    left = new Promise<void>((resolve) => (firstMove = resolve));
    const answer = cluster.gates[0]!.goverse.object(Ledger, key).dawdle();
    await began;
    await Promise.all([leaving.stop(), expect(answer).resolves.toBe(`Ledger-${key}`)]);
  });

  it('serves everything again after a node was killed', async () => {
    cluster = await TestCluster.start({ nodes: 2, gates: 1, providers: [Ledger] });
    await Promise.all(KEYS.map((key) => cluster!.goverse.object(Ledger, key).append()));
    // By id: the gate knows only from the nodes which methods may run again.
    const calls = KEYS.map((key) => cluster!.gates[0]!.goverse.callObject(`Ledger-${key}`, 'retried'));
    await cluster.nodes[0]!.kill();
    expect(await Promise.all(calls)).toEqual(KEYS.map((key) => `Ledger-${key}`));
    await Promise.all(KEYS.map((key) => cluster!.goverse.object(Ledger, key).append()));
    expect(cluster.nodes[1]!.objects()).toHaveLength(KEYS.length);
  });
});
