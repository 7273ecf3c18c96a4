import type { Readiness } from './node-readiness.js';

/** The present readiness of a process, told when it changes. */
export class ReadinessFeed {
  private readonly listeners = new Set<(readiness: Readiness) => void>();
  private failure: unknown;

  constructor(private current: Readiness) {}

  get value(): Readiness {
    return this.current;
  }

  on(listener: (readiness: Readiness) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  set(readiness: Readiness): void {
    const same = readiness.ready === this.current.ready && readiness.reason === this.current.reason;
    if (same) return;
    this.current = readiness;
    for (const listener of [...this.listeners]) listener(readiness);
  }

  /** It will never be ready (again): those who wait are told why. */
  fail(error: unknown, readiness: Readiness): void {
    this.failure ??= error;
    this.current = readiness;
    for (const listener of [...this.listeners]) listener(readiness);
  }

  whenReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.failure !== undefined) settle(() => reject(this.failure as Error));
        else if (this.current.ready) settle(resolve);
      };
      const stop = this.on(look);
      const settle = (end: () => void): void => {
        stop();
        end();
      };
      look();
    });
  }
}
