import type { IOptions } from 'etcd3';
import { GRPCDeadlineExceededError, GRPCUnavailableError } from 'etcd3';
import type { Clock } from '../../core/index.js';

const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 60_000;

/** How etcd3 lets others decide about its requests to one host. */
export type HostPolicy = NonNullable<ReturnType<NonNullable<NonNullable<IOptions['faultHandling']>['host']>>>;

interface Health {
  failures: number;
  restsUntil: number;
}

/**
 * Which endpoints of etcd answer. One that did not rests for 5 s, doubled each time up to a minute: meanwhile the others are
 * asked, so that a dead one costs a request now and then and not half of them. When all of them rest, any may be asked: nobody
 * is kept waiting after etcd is back. Outlives the clients that are built anew.
 */
export class EndpointHealth {
  private readonly resting = new Map<string, Health>();
  private readonly streams = new WeakMap<object, string>();

  constructor(
    private readonly endpoints: readonly string[],
    private readonly clock: Clock,
  ) {}

  /** Refuses a resting endpoint, so that etcd3 goes on to the next one, and hears how requests end. */
  policyOf(endpoint: string): HostPolicy {
    return {
      execute: async (work: (context: never) => unknown): Promise<unknown> => {
        if (this.isLeftOut(endpoint)) throw new Error(`The endpoint ${endpoint} of etcd did not answer lately`);
        try {
          const begun = work(undefined as never);
          // A stream is not open yet when it is there.
          if (!(begun instanceof Promise)) return this.remember(begun, endpoint);
          const result = (await begun) as unknown;
          this.works(endpoint);
          return result;
        } catch (error) {
          if (error instanceof GRPCUnavailableError || error instanceof GRPCDeadlineExceededError)
            this.failed(endpoint);
          throw error;
        }
      },
    } as unknown as HostPolicy;
  }

  /** A stream of this endpoint does not answer. */
  silent(stream: object): void {
    const endpoint = this.streams.get(stream);
    if (endpoint !== undefined) this.failed(endpoint);
  }

  works(endpoint: string): void {
    this.resting.delete(endpoint);
  }

  failed(endpoint: string): void {
    const { failures } = this.resting.get(endpoint) ?? { failures: 0 };
    const restMs = Math.min(FIRST_REST_MS * 2 ** failures, LONGEST_REST_MS);
    // Requests that failed together count once.
    if (this.rests(endpoint)) return;
    this.resting.set(endpoint, { failures: failures + 1, restsUntil: this.clock.monotonic() + restMs });
  }

  /** It rests, and there are others that do not. */
  isLeftOut(endpoint: string): boolean {
    return this.rests(endpoint) && this.endpoints.some((other) => !this.rests(other));
  }

  private rests(endpoint: string): boolean {
    return (this.resting.get(endpoint)?.restsUntil ?? -Infinity) > this.clock.monotonic();
  }

  private remember(stream: unknown, endpoint: string): unknown {
    if (typeof stream === 'object' && stream !== null) this.streams.set(stream, endpoint);
    return stream;
  }
}
