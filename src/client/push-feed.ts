import { goverseError } from '../core/errors.js';
import { PushQueue } from './push-queue.js';
import { callSafely } from './subscribers.js';
import type { Push } from './transport.js';

export type PushHandler<T = unknown> = (data: T, push: Push<T>) => void;

/** Hands every push to the handlers of its type and to every loop over all pushes. */
export class PushFeed {
  private readonly handlers = new Map<string, Set<PushHandler>>();
  private readonly queues = new Set<PushQueue>();
  private closed = false;

  constructor(private readonly queueLimit: number) {}

  /** Returns the unsubscription. */
  on<T>(type: string, handler: PushHandler<T>): () => void {
    // A registration of its own per call: the same function may be subscribed twice.
    const own: PushHandler = (data, push) => handler(data as T, push as Push<T>);
    const handlers = this.handlers.get(type) ?? new Set();
    this.handlers.set(type, handlers.add(own));
    return () => {
      handlers.delete(own);
      if (handlers.size === 0 && this.handlers.get(type) === handlers) this.handlers.delete(type);
    };
  }

  /** All pushes from now on; ends when the feed is closed. */
  iterate(): AsyncIterableIterator<Push> {
    const queue = new PushQueue(this.queueLimit, () => this.queues.delete(queue));
    if (this.closed) queue.end();
    else this.queues.add(queue);
    return queue;
  }

  deliver(push: Push): void {
    for (const handler of this.handlers.get(push.type) ?? []) callSafely(() => handler(push.data, push));
    for (const queue of this.queues) {
      if (!queue.offer(push)) queue.end(overflow(this.queueLimit));
    }
  }

  close(): void {
    this.closed = true;
    for (const queue of this.queues) queue.end();
  }
}

function overflow(limit: number): Error {
  return goverseError(
    'QUEUE_FULL',
    `${limit} pushes wait in a loop that does not keep up; read faster, raise pushQueueLimit, or use on(type, handler)`,
  );
}
