import type { Clock } from '../core/index.js';
import type { Activation } from './activation.js';
import { TimeWheel } from './time-wheel.js';

/** How late an idle object is noticed: below the 500 ms that are promised. */
const SLOT_MS = 250;

/**
 * Ends activations that have not been called for their `idleAfterMs`. One wheel for all of them: an activation is
 * looked at again when it could be due, however often it was called meanwhile.
 */
export class IdleCollector {
  private readonly wheel: TimeWheel<Activation>;

  constructor(private readonly clock: Clock) {
    this.wheel = new TimeWheel(clock, 'monotonic', SLOT_MS, (activation) => this.look(activation));
  }

  watch(activation: Activation): void {
    this.wheel.add(activation, activation.lastUsed + activation.definition.options.idleAfterMs);
  }

  stop(): void {
    this.wheel.stop();
  }

  private look(activation: Activation): void {
    if (activation.goingAway) return;
    const now = this.clock.monotonic();
    const { idleAfterMs } = activation.definition.options;
    const dueAt = activation.lastUsed + idleAfterMs;
    if (dueAt > now) return this.watch(activation);
    if (activation.idle) activation.closeIdle();
    // A turn runs, or the node may not run anything now.
    if (!activation.goingAway) this.wheel.add(activation, now + SLOT_MS);
  }
}
