import { performance } from 'node:perf_hooks';
import { peerPackage } from './peer-package.js';
import type { Latencies, Round, Sample } from './sample.js';

interface Histogram {
  recordValue(value: number): void;
  getValueAtPercentile(percentile: number): number;
  readonly maxValue: number;
}

/** One call in so many is timed, so that the clock does not cost more than the call. */
const TIMED = 8;

/** Longest a call may take before the run counts it as lost, milliseconds. */
const LOST_AFTER_MS = 20_000;

const hdr = peerPackage<{ build(options: object): Histogram }>('hdr-histogram-js');

/**
 * Callers that each make the next call when the last one was answered.
 * @param check true if the answer is the right one for call number `n`
 */
export async function closedLoop(
  { ms, callers }: Round,
  call: (n: number) => Promise<unknown>,
  check: (answer: unknown, n: number) => boolean,
): Promise<Sample> {
  const histogram = hdr.build({ numberOfSignificantValueDigits: 3 });
  const begin = performance.now();
  const end = begin + ms;
  let made = 0;
  let answered = 0;
  let over = false;
  const caller = async (): Promise<void> => {
    while (!over) {
      const n = made++;
      const timed = n % TIMED === 0;
      const sent = timed ? performance.now() : 0;
      const answer = await call(n);
      if (!check(answer, n)) throw new Error(`Call ${n} got the wrong answer ${JSON.stringify(answer)}`);
      answered++;
      if (!timed) continue;
      const now = performance.now();
      histogram.recordValue(Math.round((now - sent) * 1000));
      if (now >= end) over = true;
    }
  };
  await withinTime(Promise.all(Array.from({ length: callers }, caller)), ms + LOST_AFTER_MS);
  if (answered !== made) throw new Error(`${made - answered} of ${made} calls were lost`);
  return { count: answered, seconds: (performance.now() - begin) / 1000, latencies: latenciesOf(histogram) };
}

function latenciesOf(histogram: Histogram): Latencies {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile);
  return { p50: at(50), p99: at(99), max: histogram.maxValue };
}

/** Rejects when the work is not done in time: calls were lost. */
export async function withinTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Calls are not answered after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
