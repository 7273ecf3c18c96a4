import { describe, expect, it } from 'vitest';
import { PushFeed } from './push-feed.js';

const push = (type: string, data: unknown = {}) => ({ type, data });

describe('PushFeed', () => {
  it('calls the handlers of a type in the order the pushes come, until they unsubscribe', () => {
    const feed = new PushFeed(10);
    const seen: unknown[] = [];
    const off = feed.on<number>('Tick', (data, { type }) => seen.push([type, data]));
    feed.deliver(push('Tick', 1));
    feed.deliver(push('Tock', 2));
    feed.deliver(push('Tick', 3));
    off();
    feed.deliver(push('Tick', 4));
    expect(seen).toEqual([
      ['Tick', 1],
      ['Tick', 3],
    ]);
  });

  it('gives every loop all pushes and ends the loops when it is closed', async () => {
    const feed = new PushFeed(10);
    const read = async () => {
      const types: string[] = [];
      for await (const { type } of { [Symbol.asyncIterator]: () => feed.iterate() }) types.push(type);
      return types;
    };
    const loops = [read(), read()];
    feed.deliver(push('A'));
    feed.deliver(push('B'));
    feed.close();
    expect(await Promise.all(loops)).toEqual([
      ['A', 'B'],
      ['A', 'B'],
    ]);
    expect(await feed.iterate().next()).toEqual({ done: true, value: undefined });
  });

  it('fails a loop that does not keep up after what it could hold', async () => {
    const feed = new PushFeed(2);
    const slow = feed.iterate();
    for (const type of ['A', 'B', 'C', 'D']) feed.deliver(push(type));
    expect(await slow.next()).toMatchObject({ value: { type: 'A' } });
    expect(await slow.next()).toMatchObject({ value: { type: 'B' } });
    await expect(slow.next()).rejects.toMatchObject({ reason: 'QUEUE_FULL' });
    expect(await slow.next()).toEqual({ done: true, value: undefined });
  });

  it('forgets a loop that was left', async () => {
    const feed = new PushFeed(1);
    const left = feed.iterate();
    await left.return?.();
    feed.deliver(push('A'));
    expect(await left.next()).toEqual({ done: true, value: undefined });
  });
});
