import type { LinkPart, ResultFrame } from './link-frames.js';
import type { QueuedCall } from './link-outbox.js';

/** Bytes of one part. */
export const PART_BYTES = 32 * 1024;

/** Writes what is to go in parts as a message of its own. */
export interface BulkEncoder {
  call(entry: QueuedCall): Uint8Array;
  result(frame: ResultFrame): Uint8Array;
}

interface Waiting {
  readonly weight: number;
  readonly call?: QueuedCall;
  readonly result?: ResultFrame;
  /** It goes as a whole, and is here for the order of the calls of one object. */
  readonly whole: boolean;
  /** So many calls beside the lane go before it. */
  readonly after: number;
}

/**
 * Calls and results that are too long for a frame: they go one after the other, a part in each frame, so that short ones
 * need not wait for them. Calls to an object that has a long one here wait behind it.
 */
export class BulkLane {
  private readonly waiting: Waiting[] = [];
  /** How many calls of an object are here. */
  private readonly objects = new Map<string, number>();
  private current: { readonly entry: Waiting; readonly bytes: Uint8Array; sent: number } | undefined;
  bytes = 0;

  constructor(private readonly encoder: BulkEncoder) {}

  get empty(): boolean {
    return this.current === undefined && this.waiting.length === 0;
  }

  /** A call to this object would overtake another one. */
  holds(objectId: string): boolean {
    return this.objects.has(objectId);
  }

  addCall(call: QueuedCall, weight: number, whole: boolean, after: number): void {
    const { objectId } = call.call;
    this.objects.set(objectId, (this.objects.get(objectId) ?? 0) + 1);
    this.add({ call, weight, whole, after });
  }

  addResult(result: ResultFrame, weight: number): void {
    this.add({ result, weight, whole: false, after: 0 });
  }

  /**
   * The next part, if one may go now. Calls that go as a whole, up to `PART_BYTES` of them, are added to `calls`; calls
   * whose parts nobody waits for any more to `cancels`.
   * @param callsSent calls beside the lane that have been taken so far
   */
  take(calls: QueuedCall[], cancels: number[], callsSent: number): LinkPart | undefined {
    let room = PART_BYTES;
    for (;;) {
      const { current } = this;
      if (current?.entry.call?.settled) {
        cancels.push(current.entry.call.seq);
        this.finish(current.entry);
      } else if (current) return this.part(current);
      else {
        const next = this.waiting[0];
        if (!next || next.after > callsSent || (next.whole && next.weight > room)) return undefined;
        this.waiting.shift();
        if (next.call?.settled) this.finish(next);
        else if (next.whole && next.call) {
          room -= next.weight;
          calls.push(next.call);
          this.finish(next);
        } else this.current = { entry: next, bytes: this.encoded(next), sent: 0 };
      }
    }
  }

  private add(entry: Waiting): void {
    this.waiting.push(entry);
    this.bytes += entry.weight;
  }

  private part(current: NonNullable<BulkLane['current']>): LinkPart {
    const { entry, bytes, sent } = current;
    const { seq } = (entry.call ?? entry.result) as { seq: number };
    current.sent += PART_BYTES;
    const last = current.sent >= bytes.length;
    // Before its last part has left a call has certainly not run.
    if (last) {
      entry.call?.written();
      this.finish(entry);
    }
    return { seq, bytes: bytes.subarray(sent, current.sent), last };
  }

  private encoded({ call, result }: Waiting): Uint8Array {
    return call ? this.encoder.call(call) : this.encoder.result(result as ResultFrame);
  }

  private finish({ call, weight }: Waiting): void {
    this.current = undefined;
    this.bytes -= weight;
    if (!call) return;
    const { objectId } = call.call;
    const left = (this.objects.get(objectId) ?? 0) - 1;
    if (left > 0) this.objects.set(objectId, left);
    else this.objects.delete(objectId);
  }
}
