import { describe, expect, it } from 'vitest';
import { DEFAULT_POOL } from '../core/index.js';
import { ClusterState } from './cluster-state.js';
import type { KeyEntry, KeyEvent } from './etcd/index.js';
import { KeyLayout } from './key-layout.js';
import { encodeAssignment, encodeClaims } from './shard-list-codec.js';
import { ShardSet } from './shard-set.js';
import { newStore } from './store-record.js';

const keys = new KeyLayout('/t');
const store = newStore(4, 1_000, 0);

function entry(key: string, value: unknown, revision: number, lease = '0'): KeyEntry {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { key, value: Buffer.from(text), createRevision: revision, modRevision: revision, lease };
}

const put = (...args: Parameters<typeof entry>): KeyEvent => ({ kind: 'put', entry: entry(...args) });
const gone = (key: string, revision: number): KeyEvent => ({ kind: 'delete', key, revision });
const claims = (...shards: number[]): string => encodeClaims(new ShardSet(4, shards));

function loaded(problems: string[] = []): ClusterState {
  const state = new ClusterState(keys, 4, (problem) => problems.push(problem));
  state.reset({
    revision: 20,
    entries: [
      entry(keys.assignment, encodeAssignment(['a:1', 'a:1', 'b:1', undefined]), 9),
      entry(keys.claims('a:1'), claims(0, 1), 10, '77'),
      entry(keys.leader, { address: 'a:1', startId: 's' }, 8, '77'),
      entry(keys.node('a:1'), { startId: 's', types: ['Room'], weight: 2, state: 'serving', protocol: 1 }, 7, '77'),
      entry(keys.gate('g:1'), { startId: 'h', protocol: 1 }, 6, '78'),
      entry(keys.store, store, 5),
      entry('/t/other', 'x', 4),
    ],
  });
  return state;
}

describe('ClusterState', () => {
  it('knows nothing before the first listing', () => {
    const { snapshot } = new ClusterState(keys, 4);
    expect(snapshot).toMatchObject({ store: '', revision: 0, shards: 4 });
    expect(snapshot.ownerOf(0)).toBeUndefined();
  });

  it('makes one view of a listing', () => {
    const { snapshot } = loaded();
    expect(snapshot).toMatchObject({ store: store.id, revision: 20 });
    expect(snapshot.nodes.get('a:1')).toMatchObject({
      address: 'a:1',
      startId: 's',
      types: ['Room'],
      weight: 2,
      lease: '77',
    });
    expect(snapshot.gates.get('g:1')).toMatchObject({ address: 'g:1', startId: 'h' });
    expect([0, 1, 2, 3].map((shard) => snapshot.ownerOf(shard))).toEqual(['a:1', 'a:1', undefined, undefined]);
    expect([0, 1, 2, 3].map((shard) => snapshot.assigneeOf(shard))).toEqual(['a:1', 'a:1', 'b:1', undefined]);
    expect(snapshot.pool(DEFAULT_POOL).leader).toMatchObject({ address: 'a:1', createRevision: 8, lease: '77' });
  });

  it('applies events to a new view and leaves the old one as it was', () => {
    const state = loaded();
    const before = state.snapshot;
    const after = state.apply([put(keys.claims('b:1'), claims(2), 21, '79'), gone(keys.gate('g:1'), 22)]);
    expect(after.revision).toBe(22);
    expect(after.ownerOf(2)).toBe('b:1');
    expect(after.gates.size).toBe(0);
    expect(before.ownerOf(2)).toBeUndefined();
    expect(before.gates.size).toBe(1);
    expect(after.nodes).toBe(before.nodes);
  });

  it('forgets a node with its claims when they go at one revision', () => {
    const after = loaded().apply([gone(keys.claims('a:1'), 21), gone(keys.leader, 21), gone(keys.node('a:1'), 21)]);
    expect(after.nodes.size).toBe(0);
    expect(after.ownerOf(0)).toBeUndefined();
    expect(after.pool(DEFAULT_POOL).leader).toBeUndefined();
  });

  it('treats claims it cannot read as claims of everything, and says so', () => {
    const problems: string[] = [];
    const after = loaded(problems).apply([put(keys.claims('b:1'), 'nonsense', 21, '79')]);
    expect(after.pool(DEFAULT_POOL).isFreeFor('a:1', 3)).toBe(false);
    expect(after.pool(DEFAULT_POOL).isFreeFor('b:1', 3)).toBe(true);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(keys.claims('b:1'));
  });

  it('lets nobody build on a shard that two nodes claim', () => {
    const after = loaded().apply([put(keys.claims('b:1'), claims(1), 21, '79')]);
    expect(after.pool(DEFAULT_POOL).isFreeFor('a:1', 1)).toBe(false);
    expect(after.pool(DEFAULT_POOL).isFreeFor('b:1', 1)).toBe(false);
    expect(after.pool(DEFAULT_POOL).isFreeFor('a:1', 0)).toBe(true);
  });

  it('keeps the version of an assignment it cannot read, so that a leader can replace it', () => {
    const after = loaded().apply([put(keys.assignment, '{}', 21)]);
    expect(after.pool(DEFAULT_POOL).assignment?.version).toBe(21);
    expect(after.assigneeOf(0)).toBeUndefined();
  });

  it('has no store after a wipe', () => {
    const state = loaded();
    expect(state.reset({ revision: 3, entries: [] })).toMatchObject({ store: '', revision: 3 });
  });
});
