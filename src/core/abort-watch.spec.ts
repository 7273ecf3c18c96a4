import { describe, expect, it } from 'vitest';
import { AbortWatch } from './abort-watch.js';
import type { Cancellation } from './cancellation.js';
import { LazySignal } from './lazy-signal.js';

/** One of each make, with what aborts it. */
const MAKES: [string, () => { signal: Cancellation; abort: () => void }][] = [
  [
    'an AbortSignal',
    () => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: () => controller.abort() };
    },
  ],
  [
    'a LazySignal',
    () => {
      const signal = new LazySignal();
      return { signal, abort: () => signal.abort('enough') };
    },
  ],
];

describe.each(MAKES)('calls that wait with %s', (_, make) => {
  it('are all told once, except those that have ended', () => {
    const told: string[] = [];
    const watch = new AbortWatch<string>((entry) => told.push(entry));
    const { signal, abort } = make();
    for (const entry of ['a', 'b', 'c', 'd']) watch.add(signal, entry);
    watch.remove(signal, 'a');
    watch.remove(signal, 'c');
    watch.add(signal, 'e');
    abort();
    abort();
    expect(told.sort()).toEqual(['b', 'd', 'e']);
  });

  it('leave it alone when the last one has ended, and may come again', () => {
    const told: string[] = [];
    let listened = 0;
    const watch = new AbortWatch<string>(
      (entry) => told.push(entry),
      () => listened++,
    );
    const { signal, abort } = make();
    watch.add(signal, 'a');
    watch.add(signal, 'b');
    watch.remove(signal, 'a');
    watch.remove(signal, 'nobody');
    watch.remove(signal, 'b');
    watch.add(signal, 'c');
    expect(listened).toBe(2);
    abort();
    expect(told).toEqual(['c']);
  });
});

describe('a LazySignal', () => {
  it('tells each of its listeners once, and none that has gone', () => {
    const signal = new LazySignal();
    const told: number[] = [];
    const listeners = [0, 1, 2, 3].map((n) => () => void told.push(n));
    for (const listener of [...listeners, ...listeners]) signal.addEventListener('abort', listener);
    signal.removeEventListener('abort', listeners[0]!);
    signal.removeEventListener('abort', listeners[2]!);
    signal.abort('first');
    signal.abort('second');
    expect(told).toEqual([1, 3]);
    expect([signal.aborted, signal.reason, signal.signal.aborted, signal.signal.reason]).toEqual([
      true,
      'first',
      true,
      'first',
    ]);
  });
});
