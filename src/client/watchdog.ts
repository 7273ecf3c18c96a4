import type { TimerHandle } from '../core/clock.js';
import { clientClock } from './client-clock.js';

/** Calls `onSilence` once when it was not fed for `silenceMs`. */
export class Watchdog {
  private lastFed = clientClock.monotonic();
  private timer: TimerHandle;

  constructor(
    private readonly silenceMs: number,
    private readonly onSilence: () => void,
  ) {
    this.timer = clientClock.setTimeout(() => this.look(), silenceMs);
  }

  feed(): void {
    this.lastFed = clientClock.monotonic();
  }

  stop(): void {
    clientClock.clearTimeout(this.timer);
  }

  private look(): void {
    const left = this.lastFed + this.silenceMs - clientClock.monotonic();
    if (left <= 0) this.onSilence();
    else this.timer = clientClock.setTimeout(() => this.look(), left);
  }
}
