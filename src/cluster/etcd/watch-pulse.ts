import type { Clock, TimerHandle } from '../../core/index.js';

export interface WatchPulseParts {
  readonly clock: Clock;
  readonly silenceMs: number;
  /** Revision up to which the watch has delivered. */
  delivered(): number;
  /** Asks the stream for a sign of life. */
  ask(): void;
  /** Youngest revision under the prefix, read past the watch. */
  youngest(): Promise<number>;
}

/** Every so many beats the store is asked past the watch. */
const BEATS_PER_LOOK = 4;

/**
 * Notices a watch that is silently dead: its stream does not answer, or it answers but leaves out changes that
 * are known to exist (half-open connection, etcd member cut off from the others).
 */
export class WatchPulse {
  private timer: TimerHandle;
  private onDead: ((message: string) => void) | undefined;
  private lastSign = -Infinity;
  private asked = false;
  private beats = 0;
  private dueAt = 0;
  /** The beat before came late. */
  private wasLate = false;
  private expected = 0;
  /** The expectation that was already unmet one beat ago. */
  private overdue = 0;

  constructor(private readonly parts: WatchPulseParts) {}

  start(onDead: (message: string) => void): void {
    this.stop();
    this.onDead = onDead;
    this.asked = false;
    this.overdue = 0;
    this.alive();
    this.schedule();
  }

  stop(): void {
    this.onDead = undefined;
    this.parts.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  alive(): void {
    this.lastSign = this.parts.clock.monotonic();
    this.asked = false;
  }

  expect(revision: number): void {
    this.expected = Math.max(this.expected, revision);
  }

  /** The content was listed anew: what was expected of the old one says nothing about it. */
  forget(): void {
    this.expected = 0;
    this.overdue = 0;
  }

  /** Milliseconds since the last sign of life; Infinity before the first. */
  silence(): number {
    return this.parts.clock.monotonic() - this.lastSign;
  }

  private schedule(): void {
    const { clock, silenceMs } = this.parts;
    this.dueAt = clock.monotonic() + silenceMs;
    this.timer = clock.setTimeout(() => this.beat(), silenceMs);
  }

  private beat(): void {
    const onDead = this.onDead;
    if (onDead === undefined) return;
    // This process stood still: what the stream has sent meanwhile is read before the next beat.
    this.wasLate = !this.wasLate && this.parts.clock.monotonic() - this.dueAt >= this.parts.silenceMs / 2;
    if (this.wasLate) return this.schedule();
    if (this.overdue > this.parts.delivered()) return onDead('the watch leaves out changes');
    if (this.asked) return onDead(`the watch gave no sign of life for ${Math.round(this.silence())} ms`);
    this.overdue = this.expected > this.parts.delivered() ? this.expected : 0;
    if (this.silence() >= this.parts.silenceMs / 2) {
      this.asked = true;
      this.parts.ask();
    }
    if (++this.beats % BEATS_PER_LOOK === 0) this.look();
    this.schedule();
  }

  private look(): void {
    this.parts.youngest().then(
      (revision) => this.expect(revision),
      // etcd is not reachable: the stream's own silence will tell.
      () => {},
    );
  }
}
