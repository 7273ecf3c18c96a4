import type { Limit, Suite, Target } from './contender.js';
import type { Row } from './contest.js';

/** One line of a table. */
export interface Line {
  readonly contender: string;
  readonly callers: number;
  /** Median of the rounds, per second (or per CPU second of the serving processes). */
  readonly rate: number;
  /** Half the distance between the fastest and the slowest round, as a share of the median. */
  readonly spread: number;
  /** Microseconds, medians of the rounds. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  /** CPU microseconds of the serving processes for one count. */
  readonly servingCpuMicros: number;
  /** CPU microseconds of the generator for one count. */
  readonly driverCpuMicros: number;
  readonly servingRssMiB: number;
  readonly facts: Readonly<Record<string, number>>;
}

export interface Verdict extends Target {
  /** Undefined where one of both was not measured. */
  readonly ratio: number | undefined;
  /** The same by the CPU time of generator and servers for one count: what a busy machine changes least. */
  readonly cpuRatio: number | undefined;
  /** Undefined where nothing was set. */
  readonly reached: boolean | undefined;
}

export interface LimitVerdict extends Limit {
  /** Undefined where it was not measured. */
  readonly value: number | undefined;
  readonly reached: boolean;
}

export function linesOf(suite: Suite, rows: readonly Row[]): Line[] {
  return rows.map(({ contender, callers, rounds }) => {
    const rates = rounds.map(({ count, seconds, servingCpuSeconds }) =>
      suite.byCpu ? count / Math.max(servingCpuSeconds, 0.01) : count / seconds,
    );
    const rate = median(rates);
    const mean = (pick: (round: Row['rounds'][number]) => number | undefined) => {
      const values = rounds.map(pick).filter((value) => value !== undefined);
      return values.length === 0 ? undefined : median(values);
    };
    const names = Object.keys(rounds[0]?.facts ?? {});
    return {
      contender,
      callers,
      rate,
      spread: (Math.max(...rates) - Math.min(...rates)) / 2 / rate,
      p50: mean(({ latencies }) => latencies?.p50),
      p99: mean(({ latencies }) => latencies?.p99),
      servingCpuMicros: mean(({ servingCpuSeconds, count }) => (servingCpuSeconds * 1e6) / count) ?? 0,
      driverCpuMicros: mean(({ driverCpuSeconds, count }) => (driverCpuSeconds * 1e6) / count) ?? 0,
      servingRssMiB: (mean(({ servingRssBytes }) => servingRssBytes) ?? 0) / 2 ** 20,
      facts: Object.fromEntries(names.map((name) => [name, mean(({ facts }) => facts?.[name]) ?? 0])),
    };
  });
}

export function verdictsOf(suite: Suite, lines: readonly Line[]): Verdict[] {
  const find = (contender: string, callers: number) =>
    lines.find((line) => line.contender === contender && line.callers === callers);
  return suite.targets.map((target) => {
    const ours = find(target.ours, target.callers);
    const peer = find(target.peer, target.callers);
    if (ours === undefined || peer === undefined)
      return { ...target, ratio: undefined, cpuRatio: undefined, reached: false };
    const ratio = ours.rate / peer.rate;
    const cpuRatio = cpuMicros(peer) / cpuMicros(ours);
    const counts = target.byCpu ? cpuRatio : ratio;
    return { ...target, ratio, cpuRatio, reached: target.times === undefined ? undefined : counts >= target.times };
  });
}

export function limitVerdictsOf({ limits = [] }: Suite, lines: readonly Line[]): LimitVerdict[] {
  return limits.map((limit) => {
    const { ours, callers, fact, atLeast = -Infinity, atMost = Infinity } = limit;
    const line = lines.find((found) => found.contender === ours && found.callers === callers);
    const value = fact === undefined ? line?.rate : line?.facts[fact];
    return { ...limit, value, reached: value !== undefined && value >= atLeast && value <= atMost };
  });
}

function cpuMicros({ servingCpuMicros, driverCpuMicros }: Line): number {
  return servingCpuMicros + driverCpuMicros;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
