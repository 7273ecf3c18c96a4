import type { Clock } from '../core/index.js';
import { goverseError, isNodeAddress, randomFraction, systemClock } from '../core/index.js';
import { REGISTERED_MESSAGE } from '../rpc/index.js';
import type { EnvelopeReport } from '../rpc/index.js';
import type { GateSink } from './gate-stream.js';
import { GateStream } from './gate-stream.js';
import { PendingReports } from './pending-reports.js';
import type { PushReport } from './push-report.js';

const DEFAULT_REPORT_TIMEOUT_MS = 5000;

export interface GateStreamsOptions {
  /** Messages that may wait for one gate. */
  readonly gateQueueLimit: number;
  readonly clock?: Clock | undefined;
  /** Milliseconds a gate may take to report; default 5 s. */
  readonly reportTimeoutMs?: number | undefined;
}

/** The gates that are registered with this node, each with its stream and queue. */
export class GateStreams {
  private readonly streams = new Map<string, GateStream>();
  private readonly links = new Map<string, number>();
  private readonly reports: PendingReports;
  private lastPushId: number;

  constructor(private readonly options: GateStreamsOptions) {
    this.reports = new PendingReports(
      options.clock ?? systemClock,
      options.reportTimeoutMs ?? DEFAULT_REPORT_TIMEOUT_MS,
    );
    // A gate may still report to this address what a process before this one pushed: the ids must not meet. Below 2^53.
    this.lastPushId = Math.floor(randomFraction() * 2 ** 32) * 2 ** 20;
  }

  /** Addresses of the registered gates. */
  gates(): string[] {
    return [...this.streams.keys()];
  }

  /** Registers a gate; an earlier stream of the same address ends. Throws `INVALID_ARGUMENT` for what is no address. */
  attach(gateAddress: string, sink: GateSink): void {
    if (!isNodeAddress(gateAddress)) {
      throw goverseError(
        'INVALID_ARGUMENT',
        `gate_addr must be the advertised host:port of the gate, not ${JSON.stringify(gateAddress)}`,
      );
    }
    this.streams.get(gateAddress)?.end();
    const stream: GateStream = new GateStream(sink, this.options.gateQueueLimit, () =>
      this.detach(gateAddress, stream),
    );
    this.streams.set(gateAddress, stream);
    stream.push(REGISTERED_MESSAGE);
  }

  /** The gate has a Link to this node: from now on it can report. */
  linkUp(gateAddress: string): void {
    this.links.set(gateAddress, (this.links.get(gateAddress) ?? 0) + 1);
  }

  linkDown(gateAddress: string): void {
    const left = (this.links.get(gateAddress) ?? 0) - 1;
    if (left > 0) this.links.set(gateAddress, left);
    else this.links.delete(gateAddress);
  }

  /** A gate without a Link cannot tell what became of a push: the push then ends when it is queued. */
  canReport(gateAddress: string): boolean {
    return this.links.has(gateAddress);
  }

  /** Of an envelope that wants a report. */
  nextPushId(): number {
    return ++this.lastPushId;
  }

  /**
   * Queues an encoded envelope, at once and in order. With a push id the promise is the gate's report; without one (0) it
   * resolves to undefined when the envelope is queued. Rejects `GATE_NOT_CONNECTED`, `QUEUE_FULL`.
   */
  async send(gateAddress: string, envelope: Buffer, pushId: number): Promise<PushReport | undefined> {
    const stream = this.streams.get(gateAddress);
    if (!stream) {
      throw goverseError(
        'GATE_NOT_CONNECTED',
        `Gate ${gateAddress} is not registered with this node; it may be gone, or come back in a moment`,
      );
    }
    if (!stream.push(envelope)) {
      throw goverseError(
        'QUEUE_FULL',
        `The queue of this node for gate ${gateAddress} is full (${stream.queued} messages); push slower or drop the message`,
      );
    }
    return pushId === 0 ? undefined : this.reports.expect(gateAddress, pushId);
  }

  /** A gate told what became of an envelope. */
  report(gateAddress: string, report: EnvelopeReport): void {
    this.reports.take(gateAddress, report);
  }

  /** Ends every stream; the gates register elsewhere or again. Idempotent. */
  close(): void {
    for (const stream of [...this.streams.values()]) stream.end();
  }

  private detach(gateAddress: string, stream: GateStream): void {
    if (this.streams.get(gateAddress) === stream) this.streams.delete(gateAddress);
    this.reports.failGate(gateAddress);
  }
}
