import type { TimerHandle } from '../core/clock.js';
import { clientClock } from './client-clock.js';

/** A gate forgets what is acknowledged; so many pushes wait for it at most. */
const EVERY_PUSHES = 64;
const EVERY_MS = 500;

/** Tells the gate which pushes have arrived: soon, and not for each one. */
export class Acknowledger {
  private received = 0;
  private acknowledged = 0;
  private timer: TimerHandle;
  private stopped = false;

  constructor(private readonly send: (pushSeq: number) => void) {}

  note(pushSeq: number): void {
    if (this.stopped || pushSeq <= this.received) return;
    this.received = pushSeq;
    if (this.received - this.acknowledged >= EVERY_PUSHES) this.flush();
    else this.timer ??= clientClock.setTimeout(() => this.flush(), EVERY_MS);
  }

  /** Nothing is acknowledged any more. */
  stop(): void {
    this.stopped = true;
    clientClock.clearTimeout(this.timer);
  }

  private flush(): void {
    clientClock.clearTimeout(this.timer);
    this.timer = undefined;
    this.acknowledged = this.received;
    this.send(this.received);
  }
}
