import type { Clock } from '../core/index.js';
import type { ParkedPush } from '../rpc/index.js';

/** Messages that wait for one client whose gate has gone, at one node. */
const MESSAGES_PER_CLIENT = 1024;

/** Bytes that wait for one of them: a gate has to be able to take them in one message. The first push is always kept. */
const BYTES_PER_CLIENT = 4 * 1024 * 1024;

/** Bytes that wait at one node for all such clients. */
const BYTES = 64 * 1024 * 1024;

/** What a push costs beside its message. */
export const PUSH_OVERHEAD_BYTES = 256;

/** Pushes that objects of this node made for clients whose gate has gone, until another gate takes them. */
export class ParkedPushes {
  private readonly byClient = new Map<string, { pushes: ParkedPush[]; bytes: number }>();
  private bytes = 0;
  private lastAt = 0;

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.byClient.size;
  }

  /** False: there is no room. */
  add(clientId: string, message: Uint8Array): boolean {
    const waiting = this.byClient.get(clientId) ?? { pushes: [], bytes: 0 };
    const bytes = PUSH_OVERHEAD_BYTES + message.length;
    const isFull = waiting.pushes.length >= MESSAGES_PER_CLIENT || waiting.bytes + bytes > BYTES_PER_CLIENT;
    if ((isFull && waiting.pushes.length > 0) || this.bytes + bytes > BYTES) return false;
    // Never backwards, so that the order of this node survives the merging with what other nodes kept.
    this.lastAt = Math.max(this.lastAt, this.clock.now());
    waiting.pushes.push({ seq: 0, at: this.lastAt, message });
    waiting.bytes += bytes;
    this.bytes += bytes;
    this.byClient.set(clientId, waiting);
    return true;
  }

  /** What waits for a client, oldest first. */
  of(clientId: string): readonly ParkedPush[] {
    return [...(this.byClient.get(clientId)?.pushes ?? [])];
  }

  /** Forgets the first of what waits for a client. */
  drop(clientId: string, count: number): void {
    const waiting = this.byClient.get(clientId);
    if (!waiting) return;
    const gone = waiting.pushes.splice(0, count);
    const bytes = gone.reduce((sum, { message }) => sum + PUSH_OVERHEAD_BYTES + message.length, 0);
    waiting.bytes -= bytes;
    this.bytes -= bytes;
    if (waiting.pushes.length === 0) this.byClient.delete(clientId);
  }

  /** Gives what waits for a client, oldest first, and forgets it. */
  take(clientId: string): ParkedPush[] {
    const waiting = this.byClient.get(clientId);
    this.byClient.delete(clientId);
    this.bytes -= waiting?.bytes ?? 0;
    return waiting?.pushes ?? [];
  }

  clients(): string[] {
    return [...this.byClient.keys()];
  }
}
