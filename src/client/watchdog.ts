import type { TimerHandle } from '../core/clock.js';
import { clientClock } from './client-clock.js';

/** How often it looks in the time after which silence counts. */
const LOOKS = 3;

/** Watches a stream: calls `onQuiet` while nothing comes, and `onSilence` once when nothing came for `silenceMs`. */
export class Watchdog {
  private lastFed = clientClock.monotonic();
  private timer: TimerHandle;

  constructor(
    private readonly silenceMs: number,
    private readonly onSilence: () => void,
    /** Time to ask whether the other side is still there. */
    private readonly onQuiet: () => void = () => undefined,
  ) {
    this.timer = this.lookIn(silenceMs / LOOKS);
  }

  feed(): void {
    this.lastFed = clientClock.monotonic();
  }

  stop(): void {
    clientClock.clearTimeout(this.timer);
  }

  private lookIn(ms: number): TimerHandle {
    return clientClock.setTimeout(() => this.look(), ms);
  }

  private look(): void {
    const quietMs = clientClock.monotonic() - this.lastFed;
    if (quietMs >= this.silenceMs) return this.onSilence();
    const step = this.silenceMs / LOOKS;
    this.timer = this.lookIn(quietMs < step ? step - quietMs : Math.min(step, this.silenceMs - quietMs));
    if (quietMs >= step) this.onQuiet();
  }
}
