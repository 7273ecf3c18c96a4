import type { Clock } from '../core/index.js';
import type { Activation } from './activation.js';
import { TimeWheel } from './time-wheel.js';

/** How late an idle object is noticed: below the 500 ms that are promised. */
const SLOT_MS = 250;

/** Objects that are looked at before the event loop goes on. */
const AT_ONCE = 100;

/**
 * Ends activations that have not been called for their `idleAfterMs`. One wheel for all of them: an activation is
 * looked at again when it could be due, however often it was called meanwhile. Thousands that are due together are looked
 * at some at a time, so that calls of others do not wait for all of them.
 */
export class IdleCollector {
  private readonly wheel: TimeWheel<number>;
  /** What each slot of the wheel will bring. None leaves early, so lists do: sets would take three times the memory. */
  private readonly slots = new Map<number, Activation[]>();
  /** Due, from `next` on. */
  private due: Activation[] = [];
  private next = 0;
  private left = AT_ONCE;
  private goingOn: NodeJS.Immediate | undefined;

  constructor(private readonly clock: Clock) {
    this.wheel = new TimeWheel(clock, 'monotonic', SLOT_MS, (slot) => this.reached(slot));
  }

  watch(activation: Activation): void {
    this.add(activation, activation.lastUsed + activation.definition.options.idleAfterMs);
  }

  stop(): void {
    this.wheel.stop();
    this.slots.clear();
    clearImmediate(this.goingOn);
    this.goingOn = undefined;
    this.due = [];
    this.next = 0;
  }

  private add(activation: Activation, at: number): void {
    if (at === Infinity) return;
    const slot = Math.ceil(at / SLOT_MS);
    const others = this.slots.get(slot);
    if (others) others.push(activation);
    else {
      this.slots.set(slot, [activation]);
      this.wheel.add(slot, slot * SLOT_MS);
    }
  }

  private reached(slot: number): void {
    const activations = this.slots.get(slot) ?? [];
    this.slots.delete(slot);
    for (const activation of activations) this.take(activation);
  }

  private take(activation: Activation): void {
    this.goingOn ??= setImmediate(() => this.goOn());
    if (this.left > 0) {
      this.left -= 1;
      this.look(activation);
    } else this.due.push(activation);
  }

  private goOn(): void {
    this.goingOn = undefined;
    this.left = AT_ONCE;
    while (this.left > 0 && this.next < this.due.length) {
      this.left -= 1;
      this.look(this.due[this.next++] as Activation);
    }
    if (this.next < this.due.length) this.goingOn ??= setImmediate(() => this.goOn());
    else {
      this.due = [];
      this.next = 0;
      this.left = AT_ONCE;
    }
  }

  private look(activation: Activation): void {
    if (activation.goingAway) return;
    const now = this.clock.monotonic();
    const { idleAfterMs } = activation.definition.options;
    const dueAt = activation.lastUsed + idleAfterMs;
    if (dueAt > now) return this.watch(activation);
    if (activation.idle) activation.closeIdle();
    // A turn runs, or the node may not run anything now.
    if (!activation.goingAway) this.add(activation, now + SLOT_MS);
  }
}
