import type { Stage } from './stage.js';

/** One way of hurting a cluster under load. */
export interface Scenario {
  readonly name: string;
  /** Of the processes it needs. */
  readonly ttlSeconds: number;
  /** Reasons calls may fail with; in planned scenarios none. */
  readonly allowed: readonly string[];
  /** Resolves with figures worth printing when the cluster is whole again; rejects when it does not become so. */
  run(stage: Stage): Promise<string[]>;
}

/** Lease time of most scenarios: short, so that a run is. */
export const SHORT_TTL_SECONDS = 3;

/** Where no lease is to be lost, however busy the machine: starting processes takes it whole. The default of the product. */
export const LONG_TTL_SECONDS = 10;

/** The only way a call may fail because a process died, slept or lost its lease. */
export const LOST_IN_FLIGHT: readonly string[] = ['OUTCOME_UNKNOWN', 'CELL_OUTCOME_UNKNOWN'];

/** How long load runs before and after what a scenario does. */
export const AROUND_MS = 1_000;
