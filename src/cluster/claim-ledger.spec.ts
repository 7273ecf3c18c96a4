import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POOL } from '../core/index.js';
import type { ClaimDecision, ClaimMode, ClaimWrite } from './claim-ledger.js';
import { ClaimLedger } from './claim-ledger.js';
import { ClusterState } from './cluster-state.js';
import type { KeyEntry } from './etcd/index.js';
import { KeyLayout } from './key-layout.js';
import type { Registration } from './registration.js';
import { encodeAssignment, encodeClaims } from './shard-list-codec.js';
import { ShardSet } from './shard-set.js';
import { newStore } from './store-record.js';

const SHARDS = 4;
const keys = new KeyLayout('/t');
const store = newStore(SHARDS, 1_000, 0);
const storeValue = Buffer.from(JSON.stringify(store));
const registration: Registration = {
  role: 'node',
  address: 'a:1',
  key: keys.node('a:1'),
  createRevision: 3,
  lease: '77',
  store: { id: store.id, generation: store.generation, value: storeValue },
};

/** etcd as the ledger comes to see it: keys with their revisions. */
class Keys {
  readonly entries = new Map<string, KeyEntry>();
  revision = 0;

  put(key: string, value: string, lease = '0'): number {
    const createRevision = this.entries.get(key)?.createRevision ?? this.revision + 1;
    this.entries.set(key, { key, value: Buffer.from(value), createRevision, modRevision: ++this.revision, lease });
    return this.revision;
  }

  view() {
    const listing = { revision: this.revision, entries: [...this.entries.values()] };
    return new ClusterState(keys, SHARDS).reset(listing).pool(DEFAULT_POOL);
  }
}

let etcd: Keys;
let ledger: ClaimLedger;

beforeEach(() => {
  etcd = new Keys();
  etcd.put('/t/before', '');
  etcd.put(keys.store, storeValue.toString());
  etcd.put(keys.node('a:1'), '{}', '77');
  etcd.put(keys.node('b:1'), '{}', '88');
  ledger = new ClaimLedger(registration, keys, SHARDS);
});

const assign = (...assignees: (string | undefined)[]): number => etcd.put(keys.assignment, encodeAssignment(assignees));

function decideWrite(mode: ClaimMode = 'serving'): ClaimWrite {
  const decision: ClaimDecision = ledger.decide(etcd.view(), mode);
  if (decision.kind !== 'write') throw new Error(`decided ${decision.kind}`);
  return decision.write;
}

function land(write: ClaimWrite): number {
  return etcd.put(keys.claims('a:1'), encodeClaims(write.shards), '77');
}

function claimAll(): number {
  assign('a:1', 'a:1', 'a:1', 'a:1');
  const revision = land(decideWrite());
  ledger.succeeded(revision);
  return revision;
}

describe('ClaimLedger', () => {
  it('claims what is assigned and free, relying on that assignment', () => {
    const version = assign('a:1', 'b:1', 'a:1', undefined);
    const write = decideWrite();
    expect([...write.adds]).toEqual([0, 2]);
    expect(write).toMatchObject({ base: 0, assignmentVersion: version });
    expect(ledger.holds(0)).toBe(false);
  });

  it('holds a shard from the answer on, with the epoch of that transaction', () => {
    const revision = claimAll();
    expect(ledger.holds(3)).toBe(true);
    expect(ledger.epochOf(3)).toEqual({ generation: store.generation, revision });
    expect(ledger.decide(etcd.view(), 'serving')).toEqual({ kind: 'nothing' });
  });

  it('does not claim what another node claims', () => {
    etcd.put(keys.claims('b:1'), encodeClaims(new ShardSet(SHARDS, [1])), '88');
    assign('a:1', 'a:1', undefined, undefined);
    expect([...decideWrite().adds]).toEqual([0]);
  });

  it('has one write in flight', () => {
    assign('a:1', undefined, undefined, undefined);
    decideWrite();
    assign('a:1', 'a:1', undefined, undefined);
    expect(ledger.decide(etcd.view(), 'serving')).toEqual({ kind: 'nothing' });
  });

  it('stops running a shard at once when it is assigned elsewhere, and keeps it claimed until its turns have ended', () => {
    claimAll();
    assign('a:1', 'a:1', 'a:1', 'b:1');
    expect(ledger.startReleases(etcd.view(), 'serving')).toEqual([3]);
    expect(ledger.holds(3)).toBe(false);
    expect(ledger.releasing(3)).toBe(true);
    expect(ledger.decide(etcd.view(), 'serving')).toEqual({ kind: 'nothing' });
    ledger.released([3]);
    const write = decideWrite();
    expect([...write.shards]).toEqual([0, 1, 2]);
    expect(write).toMatchObject({ removed: 1, assignmentVersion: undefined });
  });

  it('runs a shard again whose turns do not end, until its next attempt to leave', () => {
    claimAll();
    const epoch = ledger.epochOf(0);
    assign('b:1', 'b:1', 'a:1', 'a:1');
    expect(ledger.startReleases(etcd.view(), 'serving')).toEqual([0, 1]);
    ledger.postponed(0);
    expect([ledger.holds(0), ledger.releasing(0)]).toEqual([true, false]);
    expect(ledger.epochOf(0)).toEqual(epoch);
    expect(ledger.decide(etcd.view(), 'serving')).toEqual({ kind: 'nothing' });
    expect(ledger.startReleases(etcd.view(), 'serving', new Set([0]))).toEqual([]);
    expect(ledger.startReleases(etcd.view(), 'serving')).toEqual([0]);
  });

  it('does not run a shard again that it has given up', () => {
    claimAll();
    assign('b:1', 'a:1', 'a:1', 'a:1');
    ledger.startReleases(etcd.view(), 'serving');
    ledger.released([0]);
    ledger.postponed(0);
    expect(ledger.holds(0)).toBe(false);
  });

  it('keeps a shard that is assigned to a node that is not there', () => {
    claimAll();
    assign('a:1', 'a:1', 'a:1', 'gone:1');
    expect(ledger.startReleases(etcd.view(), 'serving')).toEqual([]);
  });

  it('takes a released shard back only by a new claim with a new epoch', () => {
    const first = claimAll();
    assign('a:1', 'a:1', 'a:1', 'b:1');
    ledger.startReleases(etcd.view(), 'serving');
    ledger.released([3]);
    assign('a:1', 'a:1', 'a:1', 'a:1');
    const write = decideWrite();
    expect([...write.adds]).toEqual([3]);
    expect(ledger.holds(3)).toBe(false);
    const second = land(write);
    ledger.succeeded(second);
    expect(ledger.epochOf(3)?.revision).toBeGreaterThan(first);
    expect(ledger.epochOf(0)?.revision).toBe(first);
  });

  it('settles a write without an answer by writing again, even when nothing else is to be written', () => {
    claimAll();
    assign('a:1', 'a:1', 'a:1', 'b:1');
    ledger.startReleases(etcd.view(), 'serving');
    ledger.released([3]);
    decideWrite();
    ledger.unknown();
    expect(ledger.holds(3)).toBe(false);
    const again = decideWrite();
    expect(ledger.isEmpty).toBe(false);
    ledger.succeeded(land(again));
    expect(ledger.decide(etcd.view(), 'serving')).toEqual({ kind: 'nothing' });
  });

  it('does not run a shard whose claim landed without an answer before it is confirmed by another write', () => {
    assign('a:1', undefined, undefined, undefined);
    const lost = decideWrite();
    ledger.unknown();
    land(lost);
    const again = decideWrite();
    expect(ledger.holds(0)).toBe(false);
    expect([...again.adds]).toEqual([0]);
    expect(again.base).toBe(etcd.revision);
    ledger.succeeded(land(again));
    expect(ledger.holds(0)).toBe(true);
  });

  it('learns from a refusal that an earlier write has landed', () => {
    assign('a:1', undefined, undefined, undefined);
    const early = etcd.view();
    const lost = decideWrite();
    ledger.unknown();
    ledger.decide(early, 'serving');
    const landed = land(lost);
    expect(ledger.refused(etcd.entries)).toBeUndefined();
    expect(decideWrite().base).toBe(landed);
  });

  it('adds nothing by an assignment that turned out to be outdated', () => {
    assign('a:1', undefined, undefined, undefined);
    const early = etcd.view();
    decideWrite();
    assign('b:1', undefined, undefined, undefined);
    expect(ledger.refused(etcd.entries)).toBeUndefined();
    expect(ledger.decide(early, 'serving')).toEqual({ kind: 'nothing' });
    assign('a:1', undefined, undefined, undefined);
    expect([...decideWrite().adds]).toEqual([0]);
  });

  it('fences when its claims or its registration are gone, foreign, or cut short', () => {
    const cases: [string, () => void][] = [
      ['claims are gone', () => etcd.entries.delete(keys.claims('a:1'))],
      ['written its claims', () => etcd.put(keys.claims('a:1'), encodeClaims(new ShardSet(SHARDS)), '99')],
      ['all of its claims', () => etcd.put(keys.claims('a:1'), encodeClaims(new ShardSet(SHARDS, [0])), '77')],
      ['registration is gone', () => etcd.entries.delete(keys.node('a:1'))],
      ['wiped', () => etcd.entries.delete(keys.store)],
    ];
    for (const [reason, damage] of cases) {
      const before = new Map(etcd.entries);
      ledger = new ClaimLedger(registration, keys, SHARDS);
      etcd.entries.delete(keys.claims('a:1'));
      claimAll();
      damage();
      expect(ledger.decide(etcd.view(), 'serving'), reason).toMatchObject({
        kind: 'fence',
        reason: expect.stringContaining(reason),
      });
      etcd.entries.clear();
      for (const [key, entry] of before) etcd.entries.set(key, entry);
    }
  });

  it('does not take a view from before its own write for a loss', () => {
    assign('a:1', 'a:1', 'a:1', 'a:1');
    const early = etcd.view();
    ledger.succeeded(land(decideWrite()));
    expect(ledger.decide(early, 'serving')).toEqual({ kind: 'nothing' });
  });

  it('takes nothing while draining, and gives up everything when it leaves', () => {
    claimAll();
    ledger.startReleases(etcd.view(), 'draining');
    expect(ledger.heldCount).toBe(4);
    expect(ledger.startReleases(etcd.view(), 'leaving')).toEqual([0, 1, 2, 3]);
    expect(ledger.isIdle).toBe(false);
    ledger.released([0, 1, 2, 3]);
    expect(ledger.isIdle).toBe(true);
    const write = decideWrite('leaving');
    expect(write.shards.size).toBe(0);
    ledger.succeeded(land(write));
    expect(ledger.isEmpty).toBe(true);
    expect(ledger.decide(etcd.view(), 'leaving')).toEqual({ kind: 'nothing' });
  });
});
