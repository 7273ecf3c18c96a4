import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Metric } from './metrics-text.js';
import type { RefusalLimit, Refusal } from './refusals.js';
import { REFUSALS, REFUSAL_LIMITS } from './refusals.js';

/** Counts what the gates of this process have refused because of their limits. */
export class RefusalCounts {
  private readonly counts = new Map<RefusalLimit, number>(REFUSAL_LIMITS.map((limit) => [limit, 0]));

  start(): void {
    subscribe(REFUSALS, this.count);
  }

  stop(): void {
    unsubscribe(REFUSALS, this.count);
  }

  metric(): Metric {
    return {
      name: 'goverse_gate_refused_total',
      help: 'Requests and connections refused, or closed, because of a limit; those of all gates of the process.',
      kind: 'counter',
      values: [...this.counts].map(([limit, count]) => [{ limit }, count]),
    };
  }

  private readonly count = (message: unknown): void => {
    const { limit } = message as Refusal;
    this.counts.set(limit, (this.counts.get(limit) ?? 0) + 1);
  };
}
