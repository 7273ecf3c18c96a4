import type { PushedMessage } from './pushed-message.js';
import type { PushQueue } from './push-queue.js';

/** What became of a message because its client reads too slowly. */
export type SlowClientAction = 'refused' | 'dropped' | 'conflated' | 'disconnected';

/** What a gate does with pushes for a client that reads more slowly than they come. */
export interface SlowClientPolicy {
  readonly name: string;
  /** With the new message of a client whose queue is full; `refused` and `disconnected` are `QUEUE_FULL` for its sender. */
  readonly whenFull: Exclude<SlowClientAction, 'conflated'>;
  /** Takes the waiting message off the queue that a new one supersedes; asked while the client does not take what waits. */
  readonly supersede?: (queue: PushQueue, message: PushedMessage) => boolean;
}

/** The default: what waits is kept, the new message is refused and its sender told. */
export const rejectWhenFull: SlowClientPolicy = { name: 'reject', whenFull: 'refused' };

/**
 * The policy of the option `slowClientPolicy`: `reject`, `dropOldest`, `disconnect`, `conflate` (a new message takes the
 * place of the waiting one of its type) or `conflate:<field>` (of its type and the value of that field of the data).
 */
export function slowClientPolicy(name: string): SlowClientPolicy {
  if (name === 'dropOldest') return { name, whenFull: 'dropped' };
  if (name === 'disconnect') return { name, whenFull: 'disconnected' };
  const [kind, field] = name.split(':', 2);
  if (kind === 'conflate') return { name, whenFull: 'refused', supersede: superseding(field) };
  return rejectWhenFull;
}

function superseding(field: string | undefined): (queue: PushQueue, message: PushedMessage) => boolean {
  return (queue, message) => {
    const key = message.conflationKey(field);
    return key !== undefined && queue.removeLast((waiting) => waiting.conflationKey(field) === key);
  };
}
