import type { ScheduleReport } from './schedule.js';
import { Schedule } from './schedule.js';

/** Runs schedules with consecutive seeds and adds up what they have seen; throws what the first bad one throws. */
export function runSchedules(firstSeed: number, count: number): ScheduleReport {
  // Refusals before a turn are errors; their stacks would cost more than the rest.
  Error.stackTraceLimit = 0;
  const total: ScheduleReport = { acquisitions: 0, fences: 0, lostAnswers: 0, wipes: 0 };
  for (let i = 0; i < count; i++) {
    const report = new Schedule(firstSeed + i).run();
    for (const key of Object.keys(total) as (keyof ScheduleReport)[]) total[key] += report[key];
  }
  return total;
}
