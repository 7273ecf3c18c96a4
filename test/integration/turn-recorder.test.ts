import { afterEach, describe, expect, it, vi } from 'vitest';
import { LeaseClock } from '../../src/cluster/lease-clock.js';
import { GoverseObject, Method } from '../../src/index.js';
import { ObjectCatalog } from '../../src/objects/index.js';
import type { TestNode } from '../../src/testing/index.js';
import { TestCluster } from '../../src/testing/index.js';
import { Door } from '../support/door.js';

let door: Door;
let cluster: TestCluster | undefined;

@GoverseObject()
class Till {
  private sum = 0;

  @Method()
  add(n: number): number {
    return (this.sum += n);
  }

  @Method()
  async linger(): Promise<void> {
    await door.pass();
  }
}

const IDS = Array.from({ length: 12 }, (_, n) => `Till-${n}`);

async function start(nodes: number) {
  door = new Door();
  cluster = await TestCluster.start({ nodes, gates: 0, providers: [Till] });
  return { cluster, recorder: cluster.record() };
}

afterEach(async () => {
  door.open();
  vi.restoreAllMocks();
  await cluster?.stop();
  cluster = undefined;
});

/** Each breaks one rule of the product, at a seam of it: a recorder that finds nothing then would prove nothing. */
describe('A recorder of turns', () => {
  it('finds the turns of a node that does not look at its lease', async () => {
    const { cluster, recorder } = await start(2);
    const [careless, other] = cluster.nodes as [TestNode, TestNode];
    await Promise.all(IDS.map((id) => other.goverse.callObject(id, 'add', 1)));
    const id = careless.objects()[0]!.id;
    expect(await recorder.verdict()).toEqual([]);
    vi.spyOn(LeaseClock.prototype, 'alive').mockReturnValue(true);
    careless.cutFromEtcd();
    // Somebody else has the object as soon as the lease is over.
    await expect
      .poll(() => other.goverse.callObject(id, 'add', 1).then(() => other.objects().some((one) => one.id === id)))
      .toBe(true);
    await careless.goverse.callObject(id, 'add', 1);
    await other.goverse.callObject(id, 'add', 1);
    const kinds = new Set((await recorder.verdict()).map(({ kind }) => kind));
    expect(kinds).toContain('no-lease');
    expect(kinds).toContain('stale');
  });

  it('finds the overlaps of nodes that give shards away before their turns have ended', async () => {
    const { cluster, recorder } = await start(1);
    const [careless] = cluster.nodes as [TestNode];
    const lingering = IDS.map((id) => careless.goverse.callObject(id, 'linger'));
    await door.reached;
    vi.spyOn(ObjectCatalog.prototype, 'release').mockResolvedValue(undefined);
    const added = await cluster.addNode();
    for (const id of IDS) void added.goverse.callObject(id, 'add', 1).catch(() => undefined);
    await expect.poll(() => added.objects().length).toBeGreaterThan(0);
    door.open();
    await Promise.allSettled(lingering);
    const kinds = new Set((await recorder.verdict()).map(({ kind }) => kind));
    expect(kinds).toContain('overlap');
  });
});
