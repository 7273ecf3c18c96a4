import type { Assignees } from './shard-list-codec.js';
import { leastShare, quotas } from './shard-quota.js';

export interface PlanMember {
  readonly address: string;
  /** Share in proportion to the others; 0 = none. */
  readonly weight: number;
  /** Gets nothing, hands over what it has. */
  readonly draining: boolean;
}

export interface PlanInput {
  readonly shards: number;
  readonly members: readonly PlanMember[];
  /** Assignee of each shard so far; may name nodes that are gone. */
  readonly assigned: Assignees;
  /** Live owner of each shard. */
  readonly claimed: Assignees;
  /**
   * Assignee of each shard before the present one. A node that comes back gets the shards it had, so that those which never
   * were there stay where they are. Default: none is known; it changes who moves, never how many.
   */
  readonly formerly?: Assignees | undefined;
  /** Most shards that may be between two nodes at a time. Shards without an owner are placed regardless. */
  readonly maxInMotion: number;
}

export interface Plan {
  readonly assignees: Assignees;
  /** Shards whose assignee changes. */
  readonly changed: number;
  /** Of these: nobody serves them. */
  readonly orphans: number;
  /** Of these: taken from draining nodes. */
  readonly drained: number;
  /** Of these: taken from serving nodes for balance. */
  readonly balanced: number;
  /** Moves left for later, because of `maxInMotion`. */
  readonly postponed: number;
  /** Shards that were between two nodes before this plan. */
  readonly inMotion: number;
}

const NOBODY = -1;

/**
 * Who shall own each shard: floor or ceiling of the share by weight for every serving member, with the fewest moves,
 * as many of them as `maxInMotion` allows now. Pure and deterministic; the same input gives the same plan.
 * Without a member that may own shards everything stays as it is.
 */
export function planShards(input: PlanInput): Plan {
  const members = input.members
    .filter((member) => !member.draining && member.weight > 0)
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return new Planning(input, members).run();
}

class Planning {
  private readonly index: ReadonlyMap<string, number>;
  /** Member each shard stays with, or goes to. */
  private readonly home: Int32Array;
  private readonly counts: number[];
  /** Of the counts: the member owns the shard. */
  private readonly owned: number[];
  private inMotion = 0;

  constructor(
    private readonly input: PlanInput,
    private readonly members: readonly PlanMember[],
  ) {
    this.index = new Map(members.map((member, i) => [member.address, i]));
    this.home = new Int32Array(input.shards).fill(NOBODY);
    this.counts = members.map(() => 0);
    this.owned = members.map(() => 0);
  }

  run(): Plan {
    const { orphans, leaving } = this.settle();
    if (this.members.length === 0) return this.result(0, 0, 0, 0);
    const settled = this.settledCounts();
    const quota = quotas(
      this.input.shards,
      this.members.map(({ weight }, i) => ({
        weight,
        current: this.counts[i] ?? 0,
        owned: this.owned[i] ?? 0,
        settled: settled[i] ?? 0,
      })),
    );
    const surplus = this.takeSurplus(quota);
    this.place([...orphans, ...surplus.unowned], quota, Infinity);
    const budget = Math.max(0, this.input.maxInMotion - this.inMotion);
    const drained = this.place(leaving, quota, budget);
    const balanced = this.place(surplus.owned, quota, budget - drained);
    const postponed = leaving.length - drained + surplus.owned.length - balanced;
    return this.result(orphans.length + surplus.unowned.length, drained, balanced, postponed);
  }

  /** Leaves every shard where it is, if it may be there: with its assignee, else with its owner. */
  private settle(): { orphans: number[]; leaving: number[] } {
    const orphans: number[] = [];
    const leaving: number[] = [];
    for (let shard = 0; shard < this.input.shards; shard++) {
      const owner = this.input.claimed[shard];
      const assignee = this.input.assigned[shard];
      const assigned = this.find(assignee);
      if (assigned !== NOBODY && owner !== assignee) this.inMotion++;
      const home = assigned === NOBODY ? this.find(owner) : assigned;
      if (home !== NOBODY) {
        this.move(shard, home);
        if (home === this.find(owner)) this.owned[home] = (this.owned[home] ?? 0) + 1;
      }
      if (home === NOBODY) (owner === undefined ? orphans : leaving).push(shard);
    }
    return { orphans, leaving };
  }

  /** Of the owned shards: those that were not with a member before which shall have more. */
  private settledCounts(): number[] {
    const total = this.members.reduce((sum, { weight }) => sum + weight, 0);
    const hasRoom = this.members.map(
      ({ weight }, i) => (this.counts[i] ?? 0) < leastShare(this.input.shards, weight, total),
    );
    const settled = [...this.owned];
    for (let shard = 0; shard < this.input.shards; shard++) {
      const home = this.home[shard] ?? NOBODY;
      const former = this.find(this.input.formerly?.[shard]);
      if (home === NOBODY || former === NOBODY || !hasRoom[former]) continue;
      if (this.situation(shard, home) === 'owned') settled[home] = (settled[home] ?? 0) - 1;
    }
    return settled;
  }

  /** Shards that members have beyond their quota: first those nobody owns yet, so that running ones stay. */
  private takeSurplus(quota: readonly number[]): { unowned: number[]; owned: number[] } {
    const over = this.counts.map((count, i) => Math.max(0, count - (quota[i] ?? 0)));
    const unowned: number[] = [];
    const owned: number[] = [];
    const taken = new Set<number>();
    if (over.every((count) => count === 0)) return { unowned, owned };
    const room = this.counts.map((count, i) => Math.max(0, (quota[i] ?? 0) - count));
    for (const pass of ['unowned', 'arriving', 'returning', 'owned'] as const) {
      const situation = pass === 'returning' ? 'owned' : pass;
      for (let shard = this.input.shards - 1; shard >= 0; shard--) {
        const home = this.home[shard] ?? NOBODY;
        if (home === NOBODY || (over[home] ?? 0) === 0 || this.situation(shard, home) !== situation) continue;
        if (taken.has(shard) || (pass === 'returning' && !this.takeRoom(shard, room))) continue;
        taken.add(shard);
        over[home] = (over[home] ?? 0) - 1;
        this.counts[home] = (this.counts[home] ?? 0) - 1;
        (pass === 'unowned' ? unowned : owned).push(shard);
        if (pass === 'unowned') this.home[shard] = NOBODY;
      }
    }
    return { unowned, owned };
  }

  /** True, once for each place that is left there, if the shard was with a member that shall have more. */
  private takeRoom(shard: number, room: number[]): boolean {
    const former = this.find(this.input.formerly?.[shard]);
    if (former === NOBODY || (room[former] ?? 0) === 0) return false;
    room[former] = (room[former] ?? 0) - 1;
    return true;
  }

  private situation(shard: number, home: number): 'unowned' | 'arriving' | 'owned' {
    const owner = this.input.claimed[shard];
    if (owner === undefined) return 'unowned';
    return owner === this.members[home]?.address ? 'owned' : 'arriving';
  }

  /** Gives shards to members below their quota: back to where they were, else in turn; at most `limit`. Returns how many. */
  private place(shards: readonly number[], quota: readonly number[], limit: number): number {
    let placed = 0;
    const strangers: number[] = [];
    for (const shard of shards) {
      const former = this.find(this.input.formerly?.[shard]);
      const returns = former !== NOBODY && (this.counts[former] ?? 0) < (quota[former] ?? 0) && placed < limit;
      if (!returns) {
        strangers.push(shard);
        continue;
      }
      this.move(shard, former);
      placed++;
    }
    let member = 0;
    for (const shard of strangers) {
      if (placed >= limit) break;
      member = this.nextBelowQuota(member, quota);
      this.move(shard, member);
      placed++;
      // Shards without an owner go in blocks (shorter to write down), moving ones in turn (everybody gets some early).
      if (limit !== Infinity) member++;
    }
    return placed;
  }

  private nextBelowQuota(from: number, quota: readonly number[]): number {
    const { length } = this.members;
    for (let step = 0; step < length; step++) {
      const member = (from + step) % length;
      if ((this.counts[member] ?? 0) < (quota[member] ?? 0)) return member;
    }
    throw new Error('The quotas of a plan are smaller than the shards to place');
  }

  private move(shard: number, member: number): void {
    this.home[shard] = member;
    this.counts[member] = (this.counts[member] ?? 0) + 1;
  }

  private find(address: string | undefined): number {
    return address === undefined ? NOBODY : (this.index.get(address) ?? NOBODY);
  }

  private result(orphans: number, drained: number, balanced: number, postponed: number): Plan {
    let changed = 0;
    const assignees = Array.from({ length: this.input.shards }, (_, shard) => {
      const before = this.input.assigned[shard];
      const home = this.members[this.home[shard] ?? NOBODY]?.address ?? before;
      if (home !== before) changed++;
      return home;
    });
    return { assignees, changed, orphans, drained, balanced, postponed, inMotion: this.inMotion };
  }
}
