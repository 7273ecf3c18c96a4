import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../cluster/index.js';
import type { CallResult, ObjectCall } from '../core/index.js';
import { DEFAULT_POOL, goverseError, placementOf, shardOf, systemClock } from '../core/index.js';
import type { LocalObject, LocalObjects, ShardHolder } from './local-target.js';
import { LocalTarget } from './local-target.js';

const SHARDS = 64;
const SHARD = shardOf('Room-a', SHARDS);
const never = new AbortController().signal;

/** What the cluster says of one shard, moved by the test. */
class OneShard implements ShardHolder {
  readonly pool = DEFAULT_POOL;
  held = false;
  leaving = false;
  lease = true;
  assignee: string | undefined;
  private revision = 1;
  private readonly listeners = new Set<(view: ClusterView) => void>();
  view: ClusterView = this.snapshot();

  alive = () => this.lease;
  holds = (shard: number) => shard === SHARD && this.held;
  releasing = (shard: number) => shard === SHARD && this.leaving;

  onView(listener: (view: ClusterView) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  nextView(): Promise<ClusterView> {
    return Promise.resolve(this.view);
  }

  change(change: () => void, revision = this.revision + 1): void {
    change();
    this.revision = revision;
    this.view = this.snapshot();
    for (const listener of this.listeners) listener(this.view);
  }

  private snapshot(): ClusterView {
    const { revision, assignee } = this;
    const none = new Map();
    return {
      store: 's',
      revision,
      shards: SHARDS,
      nodes: none,
      gates: none,
      poolOf: () => DEFAULT_POOL,
      ownerOf: () => 'other:1',
      assigneeOf: () => assignee,
    };
  }
}

class Objects implements LocalObjects {
  executed = 0;
  refuseOnce: Error | undefined;
  reentrant = false;

  living: LocalObject | undefined;

  reenters(): boolean {
    return this.reentrant;
  }

  find(): LocalObject | undefined {
    return this.living;
  }

  async execute(): Promise<CallResult> {
    const error = this.refuseOnce;
    this.refuseOnce = undefined;
    if (error) throw error;
    this.executed++;
    return { payload: { kind: 'value', value: 'ran' } };
  }
}

function setUp() {
  const holder = new OneShard();
  const catalog = new Objects();
  const target = new LocalTarget({ address: 'me:1', shards: SHARDS, clock: systemClock, catalog, holder });
  return { holder, catalog, target };
}

function call(objectId = 'Room-a'): ObjectCall {
  return {
    verb: 'call',
    objectId,
    method: 'm',
    payload: { kind: 'msgpack', bytes: new Uint8Array(0) },
    callId: 'c',
    chain: [],
    deadline: Date.now() + 5_000,
    isFromClient: false,
    idempotent: false,
  };
}

describe('LocalTarget', () => {
  it('runs a call for a shard that is held', async () => {
    const { holder, catalog, target } = setUp();
    holder.held = true;
    await target.execute(call(), never);
    expect(catalog.executed).toBe(1);
  });

  it('refuses a call for a shard it has nothing to do with, naming what it knows', async () => {
    const { target } = setUp();
    await expect(target.execute(call(), never)).rejects.toMatchObject({
      reason: 'NOT_OWNER',
      details: { store: 's', revision: 1, owner: 'other:1' },
    });
  });

  it('holds a call for a shard that is on its way here, and runs it', async () => {
    const { holder, target } = setUp();
    holder.change(() => (holder.assignee = 'me:1'));
    const result = target.execute(call(), never);
    holder.change(() => (holder.held = true));
    expect((await result).payload).toEqual({ kind: 'value', value: 'ran' });
  });

  it('holds a call for a shard that is leaving, and sends it on when it has left', async () => {
    const { holder, catalog, target } = setUp();
    holder.change(() => (holder.leaving = true));
    const result = target.execute(call(), never);
    holder.change(() => (holder.leaving = false));
    await expect(result).rejects.toMatchObject({ reason: 'NOT_OWNER', details: { revision: 3 } });
    expect(catalog.executed).toBe(0);
  });

  it('keeps a call that waited in a mailbox until its shard has left', async () => {
    const { holder, catalog, target } = setUp();
    holder.held = true;
    catalog.refuseOnce = goverseError('NOT_OWNER', 'the shard moves');
    holder.change(() => {
      holder.leaving = true;
    });
    const result = target.execute(call(), never);
    holder.change(() => {
      holder.held = false;
      holder.leaving = false;
    });
    await expect(result).rejects.toMatchObject({ reason: 'NOT_OWNER', retryable: true });
  });

  it('waits for its own view when the caller has seen a newer one', async () => {
    const { holder, target } = setUp();
    const result = target.execute(call(), never, { store: 's', revision: 9 });
    holder.change(() => (holder.held = true), 9);
    expect((await result).payload).toEqual({ kind: 'value', value: 'ran' });
  });

  it('runs nothing without a lease', async () => {
    const { holder, target } = setUp();
    holder.lease = false;
    await expect(target.execute(call(), never)).rejects.toMatchObject({ reason: 'FENCED' });
    expect(() => target.assertMayRun({ shard: SHARD })).toThrow(expect.objectContaining({ reason: 'FENCED' }));
  });

  it('lets a call back into the turn that waits for it while the shard is leaving', async () => {
    const { holder, catalog, target } = setUp();
    holder.change(() => (holder.leaving = true));
    catalog.reentrant = true;
    await target.execute(call(), never);
    expect(catalog.executed).toBe(1);
  });

  it('shows objects to callers of this process while their shard is held', () => {
    const { holder, catalog, target } = setUp();
    const near = { type: 'Room', immutable: false, isIdempotent: () => false, begin: () => undefined };
    catalog.living = { placement: placementOf('Room-a', SHARDS), near };
    holder.held = true;
    expect(target.near('Room-a', undefined)).toBe(near);
    holder.held = false;
    expect(target.near('Room-a', undefined)).toBeUndefined();
  });

  it('takes ids that name this node, and no other', async () => {
    const { target } = setUp();
    await expect(target.execute(call('me:1/Room-x'), never)).resolves.toBeDefined();
    await expect(target.execute(call('other:1/Room-x'), never)).rejects.toMatchObject({ reason: 'NOT_OWNER' });
  });

  it('stops holding a call when its caller cancels', async () => {
    const { holder, target } = setUp();
    holder.change(() => (holder.assignee = 'me:1'));
    const controller = new AbortController();
    const result = target.execute(call(), controller.signal);
    controller.abort();
    await expect(result).rejects.toMatchObject({ reason: 'CANCELLED' });
  });
});
