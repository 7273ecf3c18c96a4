import { describe, expect, it } from 'vitest';
import { PushHistory } from './push-history.js';
import { PushedMessage } from './pushed-message.js';

function historyOf(count: number, limits = { messages: 5, bytes: 100 }, size = 1): PushHistory {
  const history = new PushHistory(limits);
  for (let seq = 1; seq <= count; seq++) history.add(pushed(seq, size));
  return history;
}

const pushed = (seq: number, size = 1) => new PushedMessage(Buffer.alloc(size), () => ({ type: '', data: seq }));
const since = (history: PushHistory, received: number) => history.since(received)?.map(({ seq }) => seq);

describe('PushHistory', () => {
  it('gives what came after the last message a client has', () => {
    expect(since(historyOf(4), 0)).toEqual([1, 2, 3, 4]);
    expect(since(historyOf(4), 3)).toEqual([4]);
    expect(since(historyOf(4), 4)).toEqual([]);
    expect(since(historyOf(0), 0)).toEqual([]);
  });

  it('keeps the newest messages within its limits, and says when it does not reach back', () => {
    const history = historyOf(9);
    expect([history.length, since(history, 4), since(history, 3), since(history, 0)]).toEqual([
      5,
      [5, 6, 7, 8, 9],
      undefined,
      undefined,
    ]);
    expect(since(historyOf(9, { messages: 100, bytes: 30 }, 10), 6)).toEqual([7, 8, 9]);
    expect(since(historyOf(3, { messages: 100, bytes: 30 }, 31), 2)).toEqual([3]);
  });

  it('keeps nothing that has been acknowledged', () => {
    const history = historyOf(4);
    history.acknowledge(3);
    expect([history.length, since(history, 3), since(history, 2)]).toEqual([1, [4], undefined]);
    history.acknowledge(4);
    expect([history.length, since(history, 4), since(history, 3)]).toEqual([0, [], undefined]);
  });

  it('forgets what was there at the call of age before', () => {
    const history = historyOf(2);
    history.age();
    expect(since(history, 0)).toEqual([1, 2]);
    history.add(pushed(3));
    history.age();
    expect(since(history, 2)).toEqual([3]);
    expect(since(history, 1)).toBeUndefined();
    history.age();
    expect([history.length, since(history, 3)]).toEqual([0, []]);
  });

  it('does not grow with what has left it', () => {
    const history = historyOf(10_000);
    expect(history.all().map(({ seq }) => seq)).toEqual([9_996, 9_997, 9_998, 9_999, 10_000]);
    expect((history as unknown as { entries: unknown[] }).entries.length).toBeLessThan(200);
  });
});
