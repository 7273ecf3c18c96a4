import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { planShards } from './planner.js';
import type { AssignmentEntry } from './pool-snapshot.js';
import { nextAssignment } from './pool-snapshot.js';
import type { Assignees } from './shard-list-codec.js';

const SHARDS = 512;
const IN_MOTION = 64;
const ROUNDS = 20;

/** The shards of a cluster whose leader plans and whose nodes carry out at once what was planned. */
class Shards {
  readonly alive = new Set<string>();
  readonly draining = new Set<string>();
  owners: Assignees = Array.from<undefined>({ length: SHARDS });
  private assignment: AssignmentEntry | undefined;

  constructor(addresses: readonly string[]) {
    for (const address of addresses) this.alive.add(address);
    this.settle();
  }

  /** Plans until nothing changes. Returns the shards that were taken from a node that lives. */
  settle(): number[] {
    const before = this.owners;
    const moved = new Set<number>();
    for (let plans = 0; plans < SHARDS; plans++) {
      const plan = planShards({
        shards: SHARDS,
        members: [...this.alive].map((address) => ({ address, weight: 1, draining: this.draining.has(address) })),
        assigned: this.assignment?.assignees ?? [],
        claimed: this.owners,
        formerly: this.assignment?.formerly,
        maxInMotion: IN_MOTION,
      });
      const settled = plan.changed === 0;
      this.assignment = nextAssignment(
        this.assignment,
        plans,
        plan.assignees,
        (address) => this.alive.has(address) && !this.draining.has(address),
      );
      plan.assignees.forEach((assignee, shard) => {
        if (this.owners[shard] === undefined || this.owners[shard] === assignee) return;
        expect(moved.has(shard), `shard ${shard} moved twice, first from ${before[shard]}`).toBe(false);
        moved.add(shard);
      });
      this.owners = plan.assignees;
      if (settled) return [...moved];
    }
    throw new Error('the plans never settle');
  }

  of(address: string): number[] {
    return this.owners.flatMap((owner, shard) => (owner === address ? [shard] : []));
  }

  crash(address: string): void {
    this.alive.delete(address);
    this.owners = this.owners.map((owner) => (owner === address ? undefined : owner));
  }
}

const shuffled = (nodes: readonly string[], random: SeededRandom) =>
  nodes
    .map((node) => ({ node, at: random.fraction() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ node }) => node);

const strangers = (shards: readonly number[], had: readonly number[]) =>
  shards.filter((shard) => !had.includes(shard)).length;

describe('nodes that bounce', () => {
  it('take what they had, once, and leave the shards of others where they are', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new SeededRandom(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const nodes = Array.from({ length: 2 + random.below(8) }, (_, n) => `n${n}:1`);
      const [first, ...later] = shuffled(nodes, random);
      const cluster = new Shards([first!]);
      for (const node of later) {
        cluster.alive.add(node);
        if (random.chance(0.5)) cluster.settle();
      }
      cluster.settle();
      for (let bounce = 0; bounce < 4; bounce++) {
        const message = `seed ${seed}, round ${round}, bounce ${bounce}`;
        const address = random.pick(nodes);
        const had = cluster.of(address);
        const planned = random.chance(0.5);
        if (planned) {
          // A drain moves the node's own shards, and no other.
          cluster.draining.add(address);
          expect(strangers(cluster.settle(), had), message).toBe(0);
          cluster.draining.delete(address);
        }
        cluster.crash(address);
        expect(cluster.settle(), message).toEqual([]);
        cluster.alive.add(address);
        const back = cluster.settle();
        // A share may be one shard less than the last time; that one stays where it is until there is room for it again.
        expect(strangers(back, had), message).toBeLessThanOrEqual(bounce);
        expect(strangers(cluster.of(address), had), message).toBeLessThanOrEqual(bounce);
        expect(back.length, message).toBeLessThanOrEqual(Math.ceil(SHARDS / nodes.length));
        expect(cluster.of(address).length, message).toBeGreaterThanOrEqual(Math.floor(SHARDS / nodes.length));
      }
    }
  });

  it('move nothing when they are back before anything was planned', () => {
    const cluster = new Shards(['a:1', 'b:1', 'c:1']);
    const before = cluster.owners;
    cluster.crash('b:1');
    cluster.alive.add('b:1');
    expect(cluster.settle()).toEqual([]);
    expect(cluster.owners).toEqual(before);
  });
});
