import type { Clock, TimerHandle } from '../core/index.js';
import { hasReason } from '../core/index.js';
import { retryBackoff } from './retry-backoff.js';

export interface UnreachableNodesParts {
  readonly clock: Clock;
  /** Tries to reach the node; rejects `NOT_READY`. */
  connect(address: string): Promise<unknown>;
}

/**
 * The nodes that cannot be reached at the moment, and the calls that wait for them. However many calls wait for a node, it
 * is dialled once at a time: if each of them tried by itself, the calls that pile up while a dead node still has its lease
 * would leave the process no time for anything else.
 */
export class UnreachableNodes {
  private readonly waits = new Map<string, Wait>();

  constructor(private readonly parts: UnreachableNodesParts) {}

  /** Nodes that calls wait for. */
  get size(): number {
    return this.waits.size;
  }

  /** Calls the listener once, when the node can be reached again or when it is certain that trying does not help. Returns how to stop waiting. */
  onReachable(address: string, listener: () => void): () => void {
    let wait = this.waits.get(address);
    if (wait === undefined) {
      wait = new Wait(address, this.parts, () => this.waits.delete(address));
      this.waits.set(address, wait);
    }
    return wait.add(listener);
  }
}

/** The calls that wait for one node. */
class Wait {
  private readonly listeners = new Set<() => void>();
  private attempt = 0;
  private timer: TimerHandle;
  private over = false;

  constructor(
    private readonly address: string,
    private readonly parts: UnreachableNodesParts,
    private readonly onOver: () => void,
  ) {
    this.schedule();
  }

  add(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      if (this.listeners.delete(listener) && this.listeners.size === 0) this.end();
    };
  }

  private schedule(): void {
    this.timer = this.parts.clock.setTimeout(() => void this.probe(), retryBackoff(this.attempt++));
  }

  private async probe(): Promise<void> {
    try {
      await this.parts.connect(this.address);
    } catch (error) {
      if (this.over) return;
      // What the node refuses for good each call has to hear itself.
      if (hasReason(error, 'NOT_READY') && error.retryable) return this.schedule();
    }
    if (this.over) return;
    const waiting = [...this.listeners];
    this.listeners.clear();
    this.end();
    for (const listener of waiting) listener();
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.parts.clock.clearTimeout(this.timer);
    this.onOver();
  }
}
