import { describe, expect, it } from 'vitest';
import { PushQueue } from './push-queue.js';
import { PushedMessage } from './pushed-message.js';

const sized = (bytes: number) => new PushedMessage(Buffer.alloc(bytes), () => ({ type: '', data: bytes }));
const sizes = (messages: readonly PushedMessage[]) => messages.map(({ any }) => any.length);

/** A queue that has taken what it has room for. */
function filled(limits: { messages: number; bytes: number }, ...bytes: number[]): PushQueue {
  const queue = new PushQueue(limits);
  for (const each of bytes.map(sized)) if (queue.hasRoomFor(each)) queue.add(each);
  return queue;
}

describe('PushQueue', () => {
  it('has room for so many messages, and for so many bytes', () => {
    expect(sizes(filled({ messages: 3, bytes: 100 }, 1, 2, 3, 4).all())).toEqual([1, 2, 3]);
    expect(sizes(filled({ messages: 9, bytes: 100 }, 50, 40, 11, 10).all())).toEqual([50, 40, 10]);
  });

  it('takes one message of any size while nothing else waits', () => {
    const queue = filled({ messages: 9, bytes: 100 }, 5_000, 1);
    expect(sizes(queue.all())).toEqual([5_000]);
    expect(sizes(queue.takeBatch())).toEqual([5_000]);
    expect(queue.hasRoomFor(sized(5_000))).toBe(true);
  });

  it('has room again for what was dropped, removed, taken or cleared', () => {
    const limits = { messages: 9, bytes: 100 };
    const emptied: ((queue: PushQueue) => void)[] = [
      (queue) => queue.dropOldest(),
      (queue) => queue.removeLast(({ any }) => any.length === 40),
      (queue) => void queue.takeBatch(),
      (queue) => queue.clear(),
    ];
    for (const empty of emptied) {
      const queue = filled(limits, 40, 60);
      expect(queue.hasRoomFor(sized(40))).toBe(false);
      empty(queue);
      expect(queue.hasRoomFor(sized(40))).toBe(true);
      queue.putBack([sized(61)]);
      expect(queue.hasRoomFor(sized(40))).toBe(false);
    }
  });

  it('writes a limited number of messages and bytes at a time, in order', () => {
    const many = filled({ messages: 200, bytes: 1e9 }, ...Array.from({ length: 150 }, (_, i) => i));
    expect([many.takeBatch().length, many.takeBatch().length, sizes(many.takeBatch())[0]]).toEqual([64, 64, 128]);
    const large = filled({ messages: 200, bytes: 1e9 }, 200_000, 200_000, 300_000, 1);
    expect([sizes(large.takeBatch()), sizes(large.takeBatch()), sizes(large.takeBatch())]).toEqual([
      [200_000, 200_000],
      [300_000],
      [1],
    ]);
  });

  it('puts messages back before those that wait', () => {
    const queue = filled({ messages: 9, bytes: 100 }, 3, 4);
    queue.putBack([1, 2].map(sized));
    expect(sizes(queue.all())).toEqual([1, 2, 3, 4]);
  });
});
