import type { Clock, TimerHandle } from '../core/index.js';
import { systemClock } from '../core/index.js';

interface PausableTimer {
  handle: TimerHandle;
  cleared: boolean;
}

/**
 * The clock of a node that can stand still: time goes on, as it does for a process under SIGSTOP, but no timer fires.
 * Those that are due fire after `resume`, in the order in which they became due.
 */
export class PausableClock implements Clock {
  private paused = false;
  private readonly due: (() => void)[] = [];

  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const timer: PausableTimer = { handle: undefined, cleared: false };
    const fire = () => {
      if (timer.cleared) return;
      if (this.paused) this.due.push(fire);
      else callback();
    };
    timer.handle = systemClock.setTimeout(fire, delayMs);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    const timer = handle as PausableTimer | undefined;
    if (!timer) return;
    timer.cleared = true;
    systemClock.clearTimeout(timer.handle);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    for (const fire of this.due.splice(0)) fire();
  }
}
