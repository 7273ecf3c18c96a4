import type { Clock, GoverseError } from '../core/index.js';
import { goverseError } from '../core/index.js';
import { DeadlineSweep } from '../rpc/index.js';
import type { EnvelopeReport, PushFailure } from '../rpc/index.js';
import type { PushReport } from './push-report.js';

interface PendingReport {
  readonly deadline: number;
  readonly gateAddress: string;
  delivered: number;
  readonly failed: PushFailure[];
  readonly resolve: (report: PushReport) => void;
  readonly reject: (error: GoverseError) => void;
}

/** Envelopes whose gate has not yet told what became of them. Each ends in exactly one report or error. */
export class PendingReports {
  private readonly pending = new Map<string, PendingReport>();
  private readonly deadlines: DeadlineSweep;

  constructor(
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {
    this.deadlines = new DeadlineSweep(clock, (now) => this.expire(now));
  }

  get size(): number {
    return this.pending.size;
  }

  /** Rejects `GATE_NOT_CONNECTED` when the gate does not report in time. */
  expect(gateAddress: string, pushId: number): Promise<PushReport> {
    return new Promise((resolve, reject) => {
      const deadline = this.clock.now() + this.timeoutMs;
      this.pending.set(key(gateAddress, pushId), { deadline, gateAddress, delivered: 0, failed: [], resolve, reject });
      this.deadlines.add(deadline);
    });
  }

  /** A report that nobody waits for (any more) is dropped. */
  take(gateAddress: string, { pushId, delivered, failed, more }: EnvelopeReport): void {
    const entry = this.pending.get(key(gateAddress, pushId));
    if (!entry) return;
    entry.delivered += delivered;
    for (const failure of failed) entry.failed.push(failure);
    if (more) return;
    this.pending.delete(key(gateAddress, pushId));
    entry.resolve({ delivered: entry.delivered, failed: entry.failed });
  }

  /** The gate's stream ended: what it has not reported may be lost. */
  failGate(gateAddress: string): void {
    for (const [id, entry] of this.pending) {
      if (entry.gateAddress === gateAddress)
        this.fail(id, entry, `The stream of gate ${gateAddress} ended before it reported`);
    }
  }

  private expire(now: number): number {
    let next = Infinity;
    for (const [id, entry] of this.pending) {
      if (entry.deadline > now) next = Math.min(next, entry.deadline);
      else this.fail(id, entry, `Gate ${entry.gateAddress} did not report within ${this.timeoutMs} ms`);
    }
    return next;
  }

  private fail(id: string, entry: PendingReport, message: string): void {
    this.pending.delete(id);
    entry.reject(
      goverseError('GATE_NOT_CONNECTED', `${message}; the push may or may not have arrived`, { retryable: false }),
    );
  }
}

function key(gateAddress: string, pushId: number): string {
  return `${pushId}@${gateAddress}`;
}
