import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/support/seeded-random.js';
import type { Plan, PlanInput, PlanMember } from './planner.js';
import { planShards } from './planner.js';

const serving = (address: string, weight = 1): PlanMember => ({ address, weight, draining: false });
const draining = (address: string): PlanMember => ({ address, weight: 1, draining: true });
const blank = (shards: number) => Array.from<string | undefined>({ length: shards });

function plan(input: Partial<PlanInput> & Pick<PlanInput, 'members'>): Plan {
  const shards = input.shards ?? 12;
  return planShards({ shards, assigned: blank(shards), claimed: blank(shards), maxInMotion: shards, ...input });
}

function counts(plan: Plan): Record<string, number> {
  const result: Record<string, number> = {};
  for (const address of plan.assignees) if (address !== undefined) result[address] = (result[address] ?? 0) + 1;
  return result;
}

/** Carries the plans out, at most `maxInMotion` moves at a time, until nothing changes. Returns how often shards moved. */
function settle(input: PlanInput): { assignees: Plan['assignees']; moves: number; rounds: number } {
  let { assigned, claimed } = input;
  let moves = 0;
  for (let rounds = 0; ; rounds++) {
    const next = planShards({ ...input, assigned, claimed });
    if (next.changed + next.postponed === 0) return { assignees: next.assignees, moves, rounds };
    if (rounds > 1000) throw new Error('the plan never settles');
    moves += next.assignees.filter(
      (address, shard) => claimed[shard] !== undefined && address !== claimed[shard],
    ).length;
    assigned = next.assignees;
    claimed = next.assignees;
  }
}

const ROUNDS = 1_000;

describe('planShards', () => {
  it('gives a single node everything at once', () => {
    const first = plan({ members: [serving('a')], maxInMotion: 1 });
    expect(counts(first)).toEqual({ a: 12 });
    expect(first.orphans).toBe(12);
  });

  it('changes nothing when everything is as it shall be', () => {
    const { assignees } = plan({ members: [serving('a'), serving('b')] });
    const again = plan({ members: [serving('b'), serving('a')], assigned: assignees, claimed: assignees });
    expect(again.changed).toBe(0);
    expect(again.assignees).toEqual(assignees);
  });

  it('moves only the share of a node that joins', () => {
    const { assignees } = plan({ members: [serving('a'), serving('b')] });
    const joined = plan({
      members: [serving('a'), serving('b'), serving('c')],
      assigned: assignees,
      claimed: assignees,
    });
    expect(joined.changed).toBe(4);
    expect(counts(joined)).toEqual({ a: 4, b: 4, c: 4 });
  });

  it('places the shards of a lost node without moving others, whatever the limit', () => {
    const before = plan({ members: [serving('a'), serving('b'), serving('c')] }).assignees;
    const claimed = before.map((address) => (address === 'c' ? undefined : address));
    const after = plan({ members: [serving('a'), serving('b')], assigned: before, claimed, maxInMotion: 0 });
    expect(counts(after)).toEqual({ a: 6, b: 6 });
    expect(after.changed).toBe(4);
  });

  it('takes shards from a draining node in bounded batches', () => {
    const all = Array.from<string | undefined>({ length: 12 }).fill('a');
    const first = plan({ members: [draining('a'), serving('b')], assigned: all, claimed: all, maxInMotion: 5 });
    expect(first).toMatchObject({ drained: 5, postponed: 7, changed: 5 });
    const second = plan({
      members: [draining('a'), serving('b')],
      assigned: first.assignees,
      claimed: all,
      maxInMotion: 5,
    });
    expect(second).toMatchObject({ drained: 0, inMotion: 5, changed: 0 });
  });

  it('leaves everything where it is when nobody may own shards', () => {
    const all = Array.from<string | undefined>({ length: 12 }).fill('a');
    expect(plan({ members: [draining('a')], assigned: all, claimed: all })).toMatchObject({
      changed: 0,
      assignees: all,
    });
    expect(plan({ members: [], assigned: all })).toMatchObject({ changed: 0 });
  });

  it('returns shards to the node that still holds them when their assignee is gone', () => {
    const held = Array.from<string | undefined>({ length: 12 }).fill('a');
    const towardsLost = held.map((address, shard) => (shard < 6 ? 'gone' : address));
    const after = plan({ members: [serving('a')], assigned: towardsLost, claimed: held, maxInMotion: 0 });
    expect(counts(after)).toEqual({ a: 12 });
  });

  it('balances floor and ceiling by weight with the fewest moves, for random clusters', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new SeededRandom(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const shards = 1 + random.below(200);
      const pool = Array.from({ length: 1 + random.below(9) }, (_, i) => `n${i}`);
      const members = pool.map((address) => ({ address, weight: 1 + random.below(3), draining: random.chance(0.15) }));
      const assigned = Array.from({ length: shards }, () =>
        random.chance(0.8) ? random.pick([...pool, 'gone']) : undefined,
      );
      const claimed = assigned.map((address) => (address === 'gone' || random.chance(0.1) ? undefined : address));
      const formerly = assigned.map(() => (random.chance(0.5) ? random.pick([...pool, 'gone']) : undefined));
      const input: PlanInput = { shards, members, assigned, claimed, formerly, maxInMotion: 1 + random.below(shards) };
      const message = `seed ${seed}, round ${round}`;
      const able = members.filter((member) => !member.draining);
      if (able.length === 0) continue;

      const one = planShards({ ...input, maxInMotion: shards });
      const total = able.reduce((sum, { weight }) => sum + weight, 0);
      for (const { address, weight } of able) {
        const share = (shards * weight) / total;
        const count = one.assignees.filter((assignee) => assignee === address).length;
        expect([Math.floor(share), Math.ceil(share)], message).toContain(count);
      }
      expect(
        one.assignees.every((address) => able.some((member) => member.address === address)),
        message,
      ).toBe(true);

      // In steps it comes to the same: nothing moves twice.
      const settled = settle(input);
      const fewest = one.assignees.filter(
        (address, shard) => claimed[shard] !== undefined && address !== claimed[shard],
      ).length;
      expect(settled.moves, message).toBe(fewest);
    }
  });

  it('looks a few times at each shard, however many nodes there are', () => {
    const members = Array.from({ length: 64 }, (_, i) => serving(`10.0.0.${i}:47000`));
    const before = planShards({
      shards: 8192,
      members: members.slice(1),
      assigned: [],
      claimed: [],
      maxInMotion: 1024,
    }).assignees;
    let looks = 0;
    const counted = new Proxy(before, {
      get: (target, key) => {
        looks++;
        return Reflect.get(target, key) as unknown;
      },
    });
    const next = planShards({ shards: 8192, members, assigned: counted, claimed: counted, maxInMotion: 1024 });
    expect(next).toMatchObject({ changed: 8192 / 64, balanced: 8192 / 64, postponed: 0 });
    // Once per pass over the shards; times the nodes it would be half a million.
    expect(looks).toBeLessThan(8 * 8192);
  });
});
