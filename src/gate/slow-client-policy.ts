import type { QueuedPush } from './push-sink.js';

/**
 * What a gate does with a message for a client whose queue is full. `makeRoom` may take messages off the queue;
 * false refuses the new one (`QUEUE_FULL` for its sender).
 */
export interface SlowClientPolicy {
  readonly name: string;
  makeRoom(queue: QueuedPush[]): boolean;
}

/** The default: what waits is kept, the new message is refused and its sender told. */
export const rejectWhenFull: SlowClientPolicy = { name: 'reject', makeRoom: () => false };
