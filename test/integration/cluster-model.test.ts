import { describe, expect, it } from 'vitest';
import { Schedule } from '../support/cluster-model/schedule.js';

const SCHEDULES = 400;
const STEPS = 800;

describe('the cluster protocol over a modelled etcd', () => {
  it('never lets two processes run the same shard, never takes an epoch back, and always recovers', () => {
    const firstSeed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 30));
    const total = { acquisitions: 0, fences: 0, lostAnswers: 0 };
    for (let i = 0; i < SCHEDULES; i++) {
      const report = new Schedule(firstSeed + i).run(STEPS);
      total.acquisitions += report.acquisitions;
      total.fences += report.fences;
      total.lostAnswers += report.lostAnswers;
    }
    console.log(`cluster model: seeds from ${firstSeed}, ${JSON.stringify(total)}`);
    // Schedules in which nothing happens would prove nothing.
    expect(total.acquisitions).toBeGreaterThan(SCHEDULES * 5);
    expect(total.fences).toBeGreaterThan(SCHEDULES);
    expect(total.lostAnswers).toBeGreaterThan(SCHEDULES);
  }, 120_000);
});
