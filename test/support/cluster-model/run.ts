import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { runSchedules } from './run-schedules.js';
import type { ScheduleReport } from './schedule.js';

/** Schedules a worker runs between two signs of life. */
const BATCH = 1_000;

interface Share {
  readonly firstSeed: number;
  readonly count: number;
}

function work({ firstSeed, count }: Share): void {
  for (let done = 0; done < count; done += BATCH)
    parentPort?.postMessage(runSchedules(firstSeed + done, Math.min(BATCH, count - done)));
}

/** Runs a share in a thread of its own; rejects with what a bad schedule threw, which names its seed. */
function inThread(share: Share, onBatch: (report: ScheduleReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.on('message', onBatch);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { schedules: { type: 'string' }, seed: { type: 'string' }, report: { type: 'string' } },
  });
  const schedules = Number(values.schedules ?? 100_000);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
  if (!Number.isSafeInteger(schedules) || schedules < 1 || !Number.isSafeInteger(seed) || seed < 0)
    throw new Error('usage: npm run model -- [--schedules <number>] [--seed <number>] [--report <file>]');
  const threads = Math.min(availableParallelism(), schedules);
  const size = Math.ceil(schedules / threads);
  const total: Record<string, number> = {};
  let done = 0;
  const begin = performance.now();
  const add = (report: ScheduleReport): void => {
    for (const [what, count] of Object.entries(report)) total[what] = (total[what] ?? 0) + count;
    done += BATCH;
    if (done % (10 * BATCH) === 0)
      console.log(`${done} schedules, ${Math.round((performance.now() - begin) / 1_000)} s`);
  };
  console.log(`cluster model: ${schedules} schedules with the seeds from ${seed}, ${threads} thread(s)`);
  const shares = Array.from({ length: threads }, (_, i) => ({
    firstSeed: seed + i * size,
    count: Math.min(size, schedules - i * size),
  })).filter(({ count }) => count > 0);
  const outcomes = await Promise.allSettled(shares.map((share) => inThread(share, add)));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
  for (const failure of failures) console.error(failure);
  const failed = failures.length > 0 ? 1 : 0;
  if (values.report !== undefined) {
    const report = { numTotalTests: 1, numPassedTests: 1 - failed, numFailedTests: failed, success: failed === 0 };
    writeFileSync(values.report, JSON.stringify(report));
  }
  const seconds = Math.round((performance.now() - begin) / 1_000);
  console.log(
    failed
      ? `FAILED: run again with --schedules 1 and the seed it names`
      : `no overlap, no epoch that went back, every schedule recovered: ${JSON.stringify(total)}, ${seconds} s`,
  );
  process.exitCode = failed;
}

if (isMainThread) await main();
else work(workerData as Share);
