import { describe, expect, it } from 'vitest';
import { EtcdStore } from './etcd-store.js';
import { singleKey } from './key-range.js';
import { NO_LEASE } from './key-value.js';

const put = (store: EtcdStore, key: string, value = '') =>
  store.write((batch) => batch.put(key, Buffer.from(value), NO_LEASE));
const valueAt = (store: EtcdStore, key: string, revision: number) =>
  store.find(singleKey(key), revision)[0]?.value.toString();

describe('EtcdStore', () => {
  it('compacts by itself when its history grows past the limit of revisions', () => {
    const store = new EtcdStore({ revisions: 10, bytes: 1_000_000 });
    put(store, 'steady', 'kept');
    for (let i = 0; i < 100; i++) put(store, 'busy', String(i));
    expect(valueAt(store, 'steady', 0)).toBe('kept');
    expect(valueAt(store, 'busy', store.revision - 9)).toBe('90');
    expect(store.revision - store.compactRevision).toBeLessThanOrEqual(20);
    expect(() => store.find(singleKey('busy'), store.compactRevision - 1)).toThrow('has been compacted');
  });

  it('compacts by itself when its history grows past the limit of bytes, down to the newest revision', () => {
    const store = new EtcdStore({ revisions: 1_000, bytes: 1_000 });
    for (let i = 0; i < 5; i++) put(store, 'big', String(i).repeat(5_000));
    expect(store.compactRevision).toBe(store.revision);
    expect(valueAt(store, 'big', 0)).toBe('4'.repeat(5_000));
  });

  it('keeps what living keys need, forgets what deleted keys were', () => {
    const store = new EtcdStore();
    put(store, 'alive', '1');
    put(store, 'dead', '1');
    store.write((batch) => batch.delete(singleKey('dead')));
    store.compact(store.revision);
    put(store, 'other');
    expect(valueAt(store, 'alive', store.compactRevision)).toBe('1');
    expect(store.find({ start: '' }, 0).map((kv) => kv.key)).toEqual(['alive', 'other']);
    expect(store.versionAt('dead', store.revision)).toBeUndefined();
  });

  it('commits what was changed before a write failed, so that revisions and keys never disagree', () => {
    const store = new EtcdStore();
    expect(() =>
      store.write((batch) => {
        batch.put('a', Buffer.from('1'), NO_LEASE);
        throw new Error('in the middle');
      }),
    ).toThrow('in the middle');
    expect(store.revision).toBe(2);
    expect(store.changesAt(2).map((kv) => kv.key)).toEqual(['a']);
  });

  it('tells listeners of every change until they leave', () => {
    const store = new EtcdStore();
    const revisions: number[] = [];
    const leave = store.onChange(() => revisions.push(store.revision));
    put(store, 'a');
    store.write((batch) => batch.get('a'));
    put(store, 'a');
    leave();
    put(store, 'a');
    expect(revisions).toEqual([2, 3]);
  });
});
