import type { PushedMessage } from './pushed-message.js';

export interface QueueLimits {
  /** Messages that may wait. */
  readonly messages: number;
  /** Bytes of messages that may wait, as nodes send them; a single message may be larger. */
  readonly bytes: number;
}

/** What leaves in one write at most: so many messages, and no more than one of them begins behind so many bytes. */
const BATCH = 64;
const BATCH_BYTES = 256 * 1024;

/** The messages that wait for one client, oldest first. A message is one object for all clients it waits for. */
export class PushQueue {
  private messages: PushedMessage[] = [];
  private bytes = 0;

  constructor(private readonly limits: QueueLimits) {}

  get length(): number {
    return this.messages.length;
  }

  /** An empty queue has room for every message: none is too large to be delivered. */
  hasRoomFor({ any }: PushedMessage): boolean {
    if (this.messages.length === 0) return true;
    return this.messages.length < this.limits.messages && this.bytes + any.length <= this.limits.bytes;
  }

  add(message: PushedMessage): void {
    this.messages.push(message);
    this.bytes += message.any.length;
  }

  dropOldest(): void {
    this.removed(this.messages.shift());
  }

  /** Removes the newest message that `matches`; false: there is none. */
  removeLast(matches: (message: PushedMessage) => boolean): boolean {
    const at = this.messages.findLastIndex(matches);
    if (at >= 0) this.removed(...this.messages.splice(at, 1));
    return at >= 0;
  }

  /** Takes what leaves in the next write. */
  takeBatch(): PushedMessage[] {
    let count = 0;
    for (let bytes = 0; count < BATCH && count < this.messages.length && bytes < BATCH_BYTES; count++)
      bytes += (this.messages[count] as PushedMessage).any.length;
    if (count < this.messages.length) {
      const batch = this.messages.splice(0, count);
      this.removed(...batch);
      return batch;
    }
    const all = this.messages;
    this.clear();
    return all;
  }

  all(): readonly PushedMessage[] {
    return this.messages;
  }

  /** These come before what waits. They have been taken before: no limit is asked again. */
  putBack(messages: readonly PushedMessage[]): void {
    const waiting = this.messages;
    this.clear();
    for (const message of [...messages, ...waiting]) this.add(message);
  }

  clear(): void {
    this.messages = [];
    this.bytes = 0;
  }

  private removed(...messages: (PushedMessage | undefined)[]): void {
    for (const message of messages) this.bytes -= message?.any.length ?? 0;
  }
}
