import type { Push } from './transport.js';

type Waiting = (result: IteratorResult<Push, undefined>) => void;

/** The pushes that wait for one `for await` loop. */
export class PushQueue implements AsyncIterableIterator<Push, undefined> {
  private readonly pushes: Push[] = [];
  private readonly waiting: Waiting[] = [];
  private ended = false;
  private failure: Error | undefined;

  constructor(
    private readonly limit: number,
    private readonly onEnd: () => void,
  ) {}

  /** False if the queue is full. */
  offer(push: Push): boolean {
    if (this.ended) return true;
    const next = this.waiting.shift();
    if (next) next({ done: false, value: push });
    else if (this.pushes.length >= this.limit) return false;
    else this.pushes.push(push);
    return true;
  }

  /** No more pushes come; what waits is still read, then the loop ends, with `failure` if there is one. */
  end(failure?: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.onEnd();
    for (const resolve of this.waiting.splice(0)) resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<Push, undefined>> {
    const value = this.pushes.shift();
    if (value) return Promise.resolve({ done: false, value });
    if (this.failure) return Promise.reject(this.takeFailure());
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  return(): Promise<IteratorResult<Push, undefined>> {
    this.pushes.length = 0;
    this.failure = undefined;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private takeFailure(): Error | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }
}
