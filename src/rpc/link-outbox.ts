import type { BulkEncoder } from './bulk-lane.js';
import { BulkLane, PART_BYTES } from './bulk-lane.js';
import type { CallFrame, EnvelopeReport, LinkFrame, LinkHello, ResultFrame } from './link-frames.js';
import { WeighedQueue } from './weighed-queue.js';

/**
 * A frame leaves at once when this much waits, and is not made longer unless one entry alone is. Below 64 KiB by what
 * the control fields may take, so that it stays within what every peer receives (`MESSAGE_OVERHEAD_BYTES`).
 */
export const FRAME_BYTES = 63 * 1024;

const CANCEL_BYTES = 10;

/** What fits a frame beside a part. */
const SHORT_BYTES = FRAME_BYTES - PART_BYTES;

/** A call on its way out. */
export interface QueuedCall extends CallFrame {
  /** Its caller does not wait any more: it is not sent. */
  readonly settled: boolean;
  /** From here on it may run over there. */
  written(): void;
}

/** Fields of a frame that wait behind nothing. */
export interface LinkControl {
  hello?: LinkHello;
  ping?: number;
  pong?: number;
  goingAway?: boolean;
}

export interface OutboxSink {
  /** Sends one frame; false = wait for `drained()` before the next. */
  send(frame: LinkFrame): boolean;
  /** Writes calls and results that go in parts. Absent: none do. */
  readonly bulk?: BulkEncoder;
  /** The outbox is not full (any more). */
  onRoom?(): void;
}

/**
 * What waits to be written to one stream. It is flushed once, when the current turn of the event loop ends, or as soon
 * as a frame is full: a single call leaves at once, a burst leaves in one write. While the stream is congested
 * everything waits here, up to `limitBytes`; the owner adds nothing more while it is `full`.
 */
export class LinkOutbox {
  private readonly calls = new WeighedQueue<QueuedCall>();
  private readonly results = new WeighedQueue<ResultFrame>();
  private readonly cancels = new WeighedQueue<number>();
  private readonly pushReports = new WeighedQueue<EnvelopeReport>();
  private readonly bulk: BulkLane | undefined;
  private callsAdded = 0;
  private callsSent = 0;
  private control: LinkControl | undefined;
  private congested = false;
  private closed = false;
  private scheduled: NodeJS.Immediate | undefined;

  constructor(
    private readonly sink: OutboxSink,
    private readonly limitBytes: number,
  ) {
    this.bulk = sink.bulk && new BulkLane(sink.bulk);
  }

  /** The peer puts parts together: what does not fit a frame goes so. */
  takesParts = false;

  /** Bytes that wait. */
  get bytes(): number {
    return (
      this.calls.bytes + this.results.bytes + this.cancels.bytes + this.pushReports.bytes + (this.bulk?.bytes ?? 0)
    );
  }

  get full(): boolean {
    return this.bytes >= this.limitBytes;
  }

  get empty(): boolean {
    const { calls, results, cancels, pushReports } = this;
    if (this.control || this.bulk?.empty === false) return false;
    return calls.length + results.length + cancels.length + pushReports.length === 0;
  }

  addCall(entry: QueuedCall, weight: number): void {
    const { bulk } = this;
    if (bulk && (this.isLong(weight) || (!bulk.empty && bulk.holds(entry.call.objectId)))) {
      // Calls to one object arrive as they were made.
      bulk.addCall(entry, weight, weight <= SHORT_BYTES, this.callsAdded);
    } else {
      this.calls.push(entry, weight);
      this.callsAdded++;
    }
    this.added();
  }

  addResult(entry: ResultFrame, weight: number): void {
    if (this.bulk && this.isLong(weight)) this.bulk.addResult(entry, weight);
    else this.results.push(entry, weight);
    this.added();
  }

  addCancel(seq: number): void {
    this.cancels.push(seq, CANCEL_BYTES);
    this.added();
  }

  addReport(report: EnvelopeReport, weight: number): void {
    this.pushReports.push(report, weight);
    this.added();
  }

  /** Control travels in the very next frame, whatever waits beside it. */
  addControl(control: LinkControl): void {
    this.control = { ...this.control, ...control };
    this.added();
  }

  /** Nothing leaves until `drained`. */
  hold(): void {
    this.congested = true;
  }

  /** The stream takes frames again. */
  drained(): void {
    this.congested = false;
    this.flush();
  }

  flush(): void {
    while (!this.closed && !this.congested && !this.empty) this.congested = !this.sink.send(this.takeFrame());
    if (!this.closed && !this.full) this.sink.onRoom?.();
  }

  /** Nothing is sent any more. */
  close(): void {
    this.closed = true;
    if (this.scheduled) clearImmediate(this.scheduled);
  }

  private added(): void {
    if (this.closed || this.congested) return;
    if (this.bytes >= FRAME_BYTES) {
      this.flush();
      return;
    }
    this.scheduled ??= setImmediate(() => {
      this.scheduled = undefined;
      this.flush();
    });
  }

  /** It goes in parts. */
  private isLong(weight: number): boolean {
    return this.takesParts && weight > (this.bulk?.empty === false ? SHORT_BYTES : FRAME_BYTES);
  }

  private takeFrame(): LinkFrame {
    const { control } = this;
    this.control = undefined;
    const cancels: number[] = [];
    const pushReports: EnvelopeReport[] = [];
    const results: ResultFrame[] = [];
    const queued: QueuedCall[] = [];
    // A part has its place in the frame, as large as it may be.
    const bulk = this.bulk?.empty === false ? this.bulk : undefined;
    const all = bulk ? SHORT_BYTES : FRAME_BYTES;
    let room = all;
    room -= this.cancels.takeInto(cancels, room, false);
    room -= this.pushReports.takeInto(pushReports, room, room === all);
    room -= this.results.takeInto(results, room, room === all);
    this.calls.takeInto(queued, room, room === all);
    this.callsSent += queued.length;
    const part = room < 0 ? undefined : bulk?.take(queued, cancels, this.callsSent);
    const calls = queued.filter((entry) => !entry.settled);
    for (const entry of calls) entry.written();
    return { ...control, calls, results, cancels, pushReports, part };
  }
}
