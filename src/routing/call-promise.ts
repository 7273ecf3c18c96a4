import type { CallOutcome, CallResult, PayloadCodec } from '../core/index.js';

/**
 * The value of a call as a promise. A call that is answered before it returns, as one of an object in this process may
 * be, costs one promise and nothing to settle it.
 */
export class CallPromise<R> implements CallOutcome {
  private state: 'open' | 'done' | 'failed' = 'open';
  private settled: unknown;
  private resolve: ((value: R) => void) | undefined;
  private reject: ((error: unknown) => void) | undefined;

  constructor(private readonly codec: Pick<PayloadCodec, 'decodeResult'>) {}

  /** To be read once. */
  get promise(): Promise<R> {
    if (this.state === 'done') return Promise.resolve(this.settled as R);
    if (this.state === 'failed') return Promise.reject(this.settled as Error);
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  done({ payload }: CallResult): void {
    let value: unknown;
    try {
      value = this.codec.decodeResult(payload);
    } catch (error) {
      return this.failed(error);
    }
    if (this.resolve) return this.resolve(value as R);
    this.state = 'done';
    this.settled = value;
  }

  failed(error: unknown): void {
    if (this.reject) return this.reject(error);
    this.state = 'failed';
    this.settled = error;
  }
}
