import { describe, expect, it } from 'vitest';
import type { Mutation } from '../support/cluster-model/mutation.js';
import { MUTATIONS } from '../support/cluster-model/mutation.js';
import { runSchedules } from '../support/cluster-model/run-schedules.js';
import { Schedule } from '../support/cluster-model/schedule.js';

/** `npm run model` runs 100 000; these show that a change has broken nothing obvious. */
const SCHEDULES = 1_000;
/** A rule left out has to be noticed within so many. */
const MUTANT_SCHEDULES = 20_000;

describe('the cluster protocol over a modelled etcd', () => {
  it('never lets two processes run the same shard, never takes an epoch back, and always recovers', () => {
    const firstSeed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 30));
    const total = runSchedules(firstSeed, SCHEDULES);
    console.log(`cluster model: seeds from ${firstSeed}, ${JSON.stringify(total)}`);
    // Schedules in which nothing happens would prove nothing.
    expect(total.acquisitions).toBeGreaterThan(SCHEDULES * 3);
    expect(total.fences).toBeGreaterThan(SCHEDULES);
    expect(total.lostAnswers).toBeGreaterThan(SCHEDULES);
    expect(total.wipes).toBeGreaterThan(SCHEDULES / 10);
  }, 120_000);

  it.each(MUTATIONS)(
    'notices when left out: $what',
    (mutation) => {
      const seed = seedOfFailure(mutation);
      expect(seed, `no schedule of ${MUTANT_SCHEDULES} misses ${mutation.what}`).toBeDefined();
      // With the whole protocol the same schedule is fine.
      expect(() => new Schedule(seed!).run()).not.toThrow();
    },
    240_000,
  );
});

function seedOfFailure(mutation: Mutation): number | undefined {
  for (let seed = mutation.firstSeed; seed < mutation.firstSeed + MUTANT_SCHEDULES; seed++) {
    try {
      new Schedule(seed, mutation).run();
    } catch (error) {
      console.log(`cluster model without ${mutation.what}: ${(error as Error).message}`);
      return seed;
    }
  }
  return undefined;
}
