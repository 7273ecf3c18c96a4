import type { PushedMessage } from './pushed-message.js';
import type { QueuedPush } from './push-sink.js';

export interface HistoryLimits {
  /** Messages kept at most. */
  readonly messages: number;
  /** Bytes of messages kept at most; the last message is kept whatever its size. */
  readonly bytes: number;
}

/**
 * What has been written to one client and may not have arrived: a written message can be lost in the buffers of two
 * kernels when a connection breaks. Bounded by count, by bytes, and by age (`age`); acknowledged messages leave it.
 */
export class PushHistory {
  /** Their numbers follow each other, the first one that of the last forgotten. */
  private entries: PushedMessage[] = [];
  private head = 0;
  private bytes = 0;
  /** Number of the last message that left the history. */
  private forgotten = 0;
  private mark = 0;

  constructor(private readonly limits: HistoryLimits) {}

  get length(): number {
    return this.entries.length - this.head;
  }

  /** Takes a message that has just been written; its number follows that of the one before. */
  add(message: PushedMessage): void {
    this.entries.push(message);
    this.bytes += message.any.length;
    while (this.length > 1 && (this.length > this.limits.messages || this.bytes > this.limits.bytes)) this.shift();
    if (this.head > 64 && this.head * 2 > this.entries.length) this.compact();
  }

  /** The client has everything up to `seq`. */
  acknowledge(seq: number): void {
    while (this.length > 0 && this.forgotten < seq) this.shift();
    if (this.length === 0) this.compact();
  }

  /** Everything after `received`, oldest first; undefined if some of it is gone. */
  since(received: number): QueuedPush[] | undefined {
    if (received < this.forgotten) return undefined;
    return this.all().slice(received - this.forgotten);
  }

  all(): QueuedPush[] {
    return this.entries.slice(this.head).map((message, i) => ({ seq: this.forgotten + 1 + i, message }));
  }

  /** Called from time to time: forgets what was here at the call before. */
  age(): void {
    this.acknowledge(this.mark);
    this.mark = this.forgotten + this.length;
  }

  /** Forgets everything; numbers go on after `lastSeq`. */
  clear(lastSeq: number): void {
    this.entries = [];
    this.head = 0;
    this.bytes = 0;
    this.forgotten = lastSeq;
    this.mark = 0;
  }

  private shift(): void {
    const first = this.entries[this.head++] as PushedMessage;
    this.bytes -= first.any.length;
    this.forgotten += 1;
  }

  private compact(): void {
    this.entries = this.entries.slice(this.head);
    this.head = 0;
  }
}
