/** What a `TurnQueue` links; the links belong to the queue. */
export interface Queueable<T> {
  queue?: TurnQueue<never> | undefined;
  previous?: T | undefined;
  next?: T | undefined;
}

/** First in, first out, with removal from the middle in constant time: work whose caller gave up leaves at once. */
export class TurnQueue<T extends Queueable<T>> {
  private first: T | undefined;
  private last: T | undefined;
  private length = 0;

  get size(): number {
    return this.length;
  }

  get head(): T | undefined {
    return this.first;
  }

  push(item: T): void {
    item.queue = this as unknown as TurnQueue<never>;
    item.previous = this.last;
    item.next = undefined;
    if (this.last) this.last.next = item;
    else this.first = item;
    this.last = item;
    this.length += 1;
  }

  /** Takes an item out; false if it is not in this queue. */
  remove(item: T): boolean {
    if ((item.queue as unknown) !== this) return false;
    if (item.previous) item.previous.next = item.next;
    else this.first = item.next;
    if (item.next) item.next.previous = item.previous;
    else this.last = item.previous;
    item.queue = item.previous = item.next = undefined;
    this.length -= 1;
    return true;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let item = this.first; item !== undefined;) {
      // The visitor may remove the item it was given.
      const { next } = item;
      yield item;
      item = next;
    }
  }
}
