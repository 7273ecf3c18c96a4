import { CallContext, type Clock, type TimerHandle } from '../core/index.js';

/** Where a wheel reads the time: wall clock for deadlines, monotonic for durations. */
export type WheelTime = 'now' | 'monotonic';

/**
 * Calls back for each of many items when its time has come, up to one slot late, with a single timer for all.
 */
export class TimeWheel<T> {
  private readonly slots = new Map<number, Set<T>>();
  private armedFor = Infinity;
  private timer: TimerHandle;

  /** @param slotMs how late an item may be */
  constructor(
    private readonly clock: Clock,
    private readonly time: WheelTime,
    private readonly slotMs: number,
    private readonly due: (item: T) => void,
  ) {}

  /** @param at milliseconds of the wheel's time; an infinite one never comes */
  add(item: T, at: number): void {
    if (at === Infinity) return;
    const slot = this.slotOf(at);
    const items = this.slots.get(slot);
    if (items) items.add(item);
    else this.slots.set(slot, new Set([item]));
    if (slot < this.armedFor) this.arm(slot);
  }

  /** @param at the time the item was added with */
  remove(item: T, at: number): void {
    // Empty slots stay until their time: the next call's deadline mostly falls into the same one.
    this.slots.get(this.slotOf(at))?.delete(item);
  }

  /** Forgets everything. */
  stop(): void {
    this.slots.clear();
    this.clock.clearTimeout(this.timer);
    this.armedFor = Infinity;
  }

  private slotOf(at: number): number {
    return Math.ceil(at / this.slotMs);
  }

  private arm(slot: number): void {
    this.clock.clearTimeout(this.timer);
    this.armedFor = slot;
    const delay = slot * this.slotMs - this.clock[this.time]();
    // The timer outlives the turn that happens to arm it.
    this.timer = CallContext.exit(() => this.clock.setTimeout(() => this.turn(), delay));
  }

  private turn(): void {
    const now = this.clock[this.time]() / this.slotMs;
    this.armedFor = Infinity;
    const reached = [...this.slots.keys()].filter((slot) => slot <= now);
    for (const slot of reached) {
      const items = this.slots.get(slot);
      this.slots.delete(slot);
      for (const item of items ?? []) this.due(item);
    }
    const next = Math.min(...this.slots.keys());
    if (next < this.armedFor) this.arm(next);
  }
}
