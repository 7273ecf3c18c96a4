const SAMPLES = 5;
/** A call that waited so much longer than its own turn was held: by a move, or behind others that were. */
const HELD_MS = 100;

/** What became of the calls of one scenario. */
export class CallStatistics {
  readonly failures = new Map<string, number>();
  private readonly samples = new Map<string, Set<string>>();
  answered = 0;
  /** How long the callers of failed calls were kept waiting at most. */
  longestFailureMs = 0;
  private readonly waits: number[] = [];
  private readonly held: number[] = [];

  /** @param turnMs how long the turn itself lasts */
  answer(ms: number, turnMs: number): void {
    this.answered += 1;
    this.waits.push(ms);
    if (ms - turnMs > HELD_MS) this.held.push(ms - turnMs);
  }

  /** How many calls were held and for how long. */
  get heldCalls(): string {
    if (this.held.length === 0) return `no call held for more than ${HELD_MS} ms`;
    const sorted = this.held.toSorted((a, b) => a - b);
    const [half, longest] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
    return `${sorted.length} calls held for more than ${HELD_MS} ms: half of them ${Math.round(half)} ms or less, the longest ${Math.round(longest)} ms`;
  }

  fail(reason: string, message: string, ms: number): void {
    this.longestFailureMs = Math.max(this.longestFailureMs, ms);
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
    const samples = this.samples.get(reason) ?? new Set();
    this.samples.set(reason, samples);
    // One of each kind, whatever ports and objects it names.
    if (samples.size < SAMPLES) samples.add(message.replaceAll(/\d+/g, '#'));
  }

  /** What calls that failed with this reason were told. */
  said(reason: string): string {
    return [...(this.samples.get(reason) ?? [])].join(' | ');
  }

  get failed(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Milliseconds within which this part of the answered calls was answered. */
  percentile(part: number): number {
    const sorted = Float64Array.from(this.waits).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  }

  /** `OUTCOME_UNKNOWN 3, NOT_READY 1`, or `none`. */
  get reasons(): string {
    return [...this.failures].map(([reason, count]) => `${reason} ${count}`).join(', ') || 'none';
  }
}
