import type { DriverSpec } from './driver-process.js';
import { readyAddress, spawnServer } from './server-process.js';

/** A contender that is ready to be measured. */
export interface Field {
  readonly driver: DriverSpec;
  /** The processes whose cost counts: everything between the generator and the answer. */
  readonly serving: readonly number[];
  stop(): Promise<void>;
}

/** One thing that is measured in a suite. */
export interface Contender {
  readonly name: string;
  /** Takes too long for a short run. */
  readonly fullOnly?: boolean;
  /** Starts its servers. */
  start(): Promise<Field>;
}

/** Rows of one table: contenders measured in turns. */
export interface Suite {
  readonly name: string;
  /** What one count is. */
  readonly unit: string;
  readonly callers: readonly number[];
  readonly contenders: readonly Contender[];
  /** Rate per CPU second of the serving processes is what counts, where the generator is the bottleneck. */
  readonly byCpu?: boolean;
  /** Longer rounds than the run's own. */
  readonly roundMs?: number;
  /** A longer warm-up than the run's own. */
  readonly warmUpMs?: number;
  /** Fewer rounds than the run's own, where one takes long; without warm-up. */
  readonly rounds?: number;
  /** Contenders are measured one after the other: together they would have more processes than the machine bears. */
  readonly apart?: boolean;
  /** What the project has set itself: ratios to peers. */
  readonly targets: readonly Target[];
  /** What it has set itself without peers. */
  readonly limits?: readonly Limit[];
}

/** The callers a short run measures: those the project has set itself something for. */
export function shortCallers({ callers, targets, limits = [] }: Suite): readonly number[] {
  const wanted = new Set([...targets, ...limits].map((target) => target.callers));
  return wanted.size === 0 ? callers.slice(0, 1) : callers.filter((count) => wanted.has(count));
}

/** `ours` is to be at least `times` as fast as `peer`. */
export interface Target {
  readonly ours: string;
  readonly peer: string;
  readonly callers: number;
  /** Absent: the ratio is only told. */
  readonly times?: number;
  /** By the CPU time of a call instead of the rate. */
  readonly byCpu?: boolean;
}

/** A figure of `ours`: of this name, or the rate. */
export interface Limit {
  readonly ours: string;
  readonly callers: number;
  readonly fact?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A contender that is its driver alone. */
export function inOneProcess(name: string, driver: DriverSpec): Contender {
  return {
    name,
    start: () => Promise.resolve({ driver, serving: [], stop: () => Promise.resolve() }),
  };
}

/** A contender with one server process, `servers/<server>.js`, that prints `ready <address>`. */
export function clientAndServer(name: string, server: string, driver: string): Contender {
  return {
    name,
    start: async () => {
      const child = spawnServer(server);
      const address = await readyAddress(child);
      return {
        driver: { name: driver, config: { address } },
        serving: [child.pid],
        stop: () => child.kill(),
      };
    },
  };
}
