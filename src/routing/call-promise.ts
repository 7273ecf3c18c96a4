import type {
  CallOutcome,
  CallResult,
  CallTarget,
  Cancellation,
  Clock,
  ObjectCall,
  PayloadCodec,
} from '../core/index.js';
import { NEVER, beginCall } from '../core/index.js';
import { mayRetry } from './call-retry.js';

/** What the promise of a call needs of its process. */
interface PromisePort {
  readonly codec: Pick<PayloadCodec, 'decodeResult'>;
  readonly clock: Clock;
  readonly target: CallTarget;
}

/** After so many answers in a row it is looked whether the event loop has had a turn lately. */
const ANSWERS_IN_A_ROW = 64;

/** How long answers that are there at once may keep the event loop from its other work. */
const LONGEST_RUN_MS = 10;

let answers = 0;
let pausedAt = 0;

/**
 * The value of a call as a promise. A call that is answered before it returns, as one of an object in this process may
 * be, costs one promise and nothing to settle it.
 */
export class CallPromise<R> implements CallOutcome {
  private state: 'open' | 'done' | 'failed' = 'open';
  private settled: unknown;
  private resolve: ((value: R) => void) | undefined;
  private reject: ((error: unknown) => void) | undefined;

  /** @param near a call that went to an object of this process without the router */
  constructor(
    private readonly port: PromisePort,
    private near?: ObjectCall,
    private readonly signal: Cancellation = NEVER,
  ) {}

  /** To be read once. */
  get promise(): Promise<R> {
    if (this.state === 'open') return this.later();
    if (++answers % ANSWERS_IN_A_ROW === 0 && this.isTimeToPause()) return this.afterPause();
    return this.state === 'done' ? Promise.resolve(this.settled as R) : Promise.reject(this.settled as Error);
  }

  done({ payload }: CallResult): void {
    let value: unknown;
    try {
      value = this.port.codec.decodeResult(payload);
    } catch (error) {
      return this.failed(error);
    }
    if (this.resolve) return this.resolve(value as R);
    this.state = 'done';
    this.settled = value;
  }

  failed(error: unknown): void {
    const { near } = this;
    if (near !== undefined) {
      this.near = undefined;
      // The object had to go before its turn came: the router finds the next owner.
      if (mayRetry(error, near)) return beginCall(this.port.target, near, this.signal, this);
    }
    if (this.reject) return this.reject(error);
    this.state = 'failed';
    this.settled = error;
  }

  /**
   * A loop that awaits call after call never leaves the microtasks as long as the answers are there at once: timers,
   * sockets and with them the lease of the node would wait for its end.
   */
  private isTimeToPause(): boolean {
    const now = this.port.clock.monotonic();
    if (Math.abs(now - pausedAt) < LONGEST_RUN_MS) return false;
    pausedAt = now;
    return true;
  }

  private afterPause(): Promise<R> {
    const { settled } = this;
    const done = this.state === 'done';
    const promise = this.later();
    setImmediate(() => (done ? this.resolve?.(settled as R) : this.reject?.(settled)));
    return promise;
  }

  private later(): Promise<R> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
