import type { Clock, GoverseError, ObjectCall, Placement } from '../core/index.js';
import type { ValueCodec } from './argument-reader.js';
import type { TimeWheel } from './time-wheel.js';
import type { TurnWatch } from './turn-watch.js';

/** Where the runtime reports what no caller hears of. Nest's `LoggerService` fits. */
export interface RuntimeLogger {
  error(message: string): void;
  warn(message: string): void;
}

/** Work with a deadline. */
export interface Expirable {
  expire(): void;
}

/** What every turn of a node shares. */
export interface TurnRuntime {
  readonly clock: Clock;
  readonly codec: ValueCodec;
  readonly deadlines: TimeWheel<Expirable>;
  readonly logger: RuntimeLogger;
  readonly watch: TurnWatch;
  /** Unique among all turns of the cluster; names the method for printed chains. */
  newTurnId(method: string): string;
  /** Unique among all activations of the cluster. */
  newActivationId(): string;
  /** Throws when no turn may start there. */
  assertMayRun(placement: Placement): void;
  /** A one-way call was accepted and cannot run here any more. */
  passOn(call: ObjectCall, error: GoverseError): void;
}

/** How long calls may take that have no caller waiting: accepted one-way calls without `timeoutMs`. */
export const DEFAULT_TIMEOUT_MS = 30_000;
