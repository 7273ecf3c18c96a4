/** Microseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What one round of one contender gave. */
export interface Sample {
  /** What was done: calls, deliveries, activations. */
  readonly count: number;
  readonly seconds: number;
  readonly latencies?: Latencies | undefined;
  /** Further facts a suite is about, by name and unit, for example `bytes per object`. */
  readonly facts?: Readonly<Record<string, number>> | undefined;
}

/** What a driver is asked for. */
export interface Round {
  /** How long to go on. */
  readonly ms: number;
  /** Calls in flight at a time. */
  readonly callers: number;
}

/** Makes the load of one contender, in a process of its own. A lost or wrong answer throws. */
export interface Driver {
  measure(round: Round): Promise<Sample>;
  close(): Promise<unknown>;
}

/** What a driver is started with: addresses of the servers it talks to. */
export type DriverConfig = Readonly<Record<string, string>>;

/** What each file in `drivers/` exports. */
export interface DriverModule {
  readonly open: (config: DriverConfig) => Promise<Driver>;
}
