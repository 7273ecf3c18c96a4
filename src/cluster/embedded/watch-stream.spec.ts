import { beforeEach, describe, expect, it } from 'vitest';
import { EtcdStore } from './etcd-store.js';
import { NO_LEASE } from './key-value.js';
import { WatchStream, type WatchAnswer } from './watch-stream.js';
import type { WatchSpec } from './watcher.js';

const EVERYTHING: WatchSpec = {
  range: { start: '' },
  wantsPrevious: false,
  wantsPuts: true,
  wantsDeletes: true,
  wantsProgress: false,
  mayFragment: false,
};

describe('WatchStream of a slow client', () => {
  let store: EtcdStore;
  let answers: WatchAnswer[];
  let reading: boolean;
  let stream: WatchStream;

  beforeEach(() => {
    store = new EtcdStore();
    answers = [];
    reading = true;
    stream = new WatchStream(store, (answer) => {
      answers.push(answer);
      return reading;
    });
    store.onChange(() => stream.pump());
  });

  const put = (value: string) => store.write((batch) => batch.put('k', Buffer.from(value), NO_LEASE));
  const seen = () => answers.flatMap((answer) => answer.events.map((event) => event.kv.value.toString()));

  it('holds events back until the client reads again, then sends all of them in order', () => {
    stream.create('0', 0, EVERYTHING);
    reading = false;
    for (let i = 0; i < 50; i++) put(String(i));
    expect(seen()).toEqual(['0']);
    reading = true;
    stream.resume();
    expect(seen()).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
  });

  it('says progress only when everything before it has been sent', () => {
    stream.create('0', 0, EVERYTHING);
    reading = false;
    put('a');
    put('b');
    stream.requestProgress();
    expect(answers.at(-1)?.watchId).toBe('0');
    reading = true;
    stream.resume();
    expect(seen()).toEqual(['a', 'b']);
    expect(answers.at(-1)).toEqual({ watchId: '-1', revision: store.revision, events: [] });
  });

  it('cancels a watcher that fell behind a compaction, and only that one', () => {
    stream.create('0', 0, EVERYTHING);
    reading = false;
    put('a');
    put('b');
    put('c');
    store.compact(store.revision);
    stream.create('0', 0, EVERYTHING);
    reading = true;
    stream.resume();
    expect(answers.at(-1)).toMatchObject({ watchId: '0', canceled: true, compactRevision: store.revision });
    put('d');
    expect(answers.at(-1)).toMatchObject({ watchId: '1' });
    expect(seen()).toEqual(['a', 'd']);
  });

  it('closes an answer at the end of a revision when it is large, telling how far it reaches', () => {
    const large = 'x'.repeat(700_000);
    for (let i = 0; i < 4; i++) put(large);
    stream.create('0', 2, EVERYTHING);
    const batches = answers.filter((answer) => answer.events.length > 0);
    expect(batches.map((answer) => [answer.events.length, answer.revision])).toEqual([
      [2, 3],
      [2, 5],
    ]);
  });

  it('ticks progress of quiet watchers that asked for it', () => {
    stream.create('0', 0, { ...EVERYTHING, wantsProgress: true });
    stream.create('0', 0, EVERYTHING);
    put('a');
    answers.length = 0;
    stream.tickProgress();
    expect(answers).toEqual([]);
    stream.tickProgress();
    expect(answers).toEqual([{ watchId: '0', revision: store.revision, events: [] }]);
  });
});
