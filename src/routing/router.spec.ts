import { describe, expect, it } from 'vitest';
import type { ClusterView, ViewSource } from '../cluster/index.js';
import type { CallResult, CallTarget, ObjectCall } from '../core/index.js';
import { DEFAULT_POOL, MessageRegistry, PayloadCodec, goverseError, shardOf, systemClock } from '../core/index.js';
import type { RouterParts } from './router.js';
import { Router } from './router.js';

const SHARDS = 64;
const never = new AbortController().signal;

/** A cluster whose claims and assignment the test moves by hand. */
class MovableView implements ViewSource {
  private readonly listeners = new Set<(view: ClusterView) => void>();
  view: ClusterView = viewOf(0, {}, {});

  onView(listener: (view: ClusterView) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  nextView(): Promise<ClusterView> {
    return new Promise((resolve) => {
      const stop = this.onView((view) => {
        stop();
        resolve(view);
      });
    });
  }

  move(owners: Record<number, string>, assigned: Record<number, string> = owners): void {
    this.view = viewOf(this.view.revision + 1, owners, assigned);
    this.tell();
  }

  tell(): void {
    for (const listener of [...this.listeners]) listener(this.view);
  }

  get listening(): number {
    return this.listeners.size;
  }
}

const NODE = { pool: DEFAULT_POOL, types: ['Room'] };

function viewOf(revision: number, owners: Record<number, string>, assigned: Record<number, string>): ClusterView {
  const nodes = new Map([...Object.values(owners), ...Object.values(assigned)].map((address) => [address, NODE]));
  return {
    store: 's',
    revision,
    shards: SHARDS,
    nodes: nodes as unknown as ClusterView['nodes'],
    gates: new Map(),
    poolOf: () => DEFAULT_POOL,
    ownerOf: (shard) => owners[shard],
    assigneeOf: (shard) => assigned[shard],
  };
}

/** A node that answers with its name, or as the test says. */
class Answering implements CallTarget {
  readonly calls: ObjectCall[] = [];

  constructor(
    readonly name: string,
    private readonly answer: (attempt: number) => void = () => {},
  ) {}

  async execute(call: ObjectCall): Promise<CallResult> {
    this.calls.push(call);
    this.answer(this.calls.length);
    return { payload: { kind: 'value', value: this.name } };
  }
}

/** A node that cannot be dialled until its state is `up`. */
class Unreachable implements CallTarget {
  state = 'idle';
  attempts = 0;
  dials = 0;

  async connect(): Promise<void> {
    this.dials++;
    if (this.state !== 'up') throw goverseError('NOT_READY', 'nobody there');
  }

  async execute(): Promise<CallResult> {
    this.attempts++;
    await this.connect().finally(() => this.dials--);
    return { payload: { kind: 'value', value: 'a' } };
  }
}

const codec = new PayloadCodec(MessageRegistry.load([]));

function routerOver(view: MovableView, nodes: Record<string, CallTarget>, local?: string): Router {
  const parts: RouterParts = {
    source: view,
    shards: SHARDS,
    clock: systemClock,
    remote: (address) => nodes[address]!,
  };
  return new Router(
    local === undefined ? parts : { ...parts, local: { address: local, target: nodes[local]!, codec } },
  );
}

function callOf(objectId: string, changes: Partial<ObjectCall> = {}): ObjectCall {
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
    ...changes,
  };
}

const SHARD = shardOf('Room-a', SHARDS);

describe('Router', () => {
  it('sends a call to the owner, in the same tick', () => {
    const view = new MovableView();
    view.move({ [SHARD]: 'a:1' });
    const node = new Answering('a');
    void routerOver(view, { 'a:1': node }).execute(callOf('Room-a'), never);
    expect(node.calls).toHaveLength(1);
  });

  it('waits for an owner, and leaves no listener behind', async () => {
    const view = new MovableView();
    const result = routerOver(view, { 'a:1': new Answering('a') }).execute(callOf('Room-a'), never);
    expect(view.listening).toBe(1);
    view.move({ [SHARD]: 'a:1' });
    expect((await result).payload).toEqual({ kind: 'value', value: 'a' });
    expect(view.listening).toBe(0);
  });

  it('sends a call for a shard nobody claims to its assignee, which holds it', async () => {
    const view = new MovableView();
    view.move({}, { [SHARD]: 'b:1' });
    const result = await routerOver(view, { 'b:1': new Answering('b') }).execute(callOf('Room-a'), never);
    expect(result.payload).toEqual({ kind: 'value', value: 'b' });
  });

  it('follows a shard that has moved', async () => {
    const view = new MovableView();
    view.move({ [SHARD]: 'a:1' });
    const old = new Answering('a', () => {
      queueMicrotask(() => view.move({ [SHARD]: 'b:1' }));
      throw goverseError('NOT_OWNER', 'moved', { details: { store: 's', revision: 2 } });
    });
    const result = await routerOver(view, { 'a:1': old, 'b:1': new Answering('b') }).execute(callOf('Room-a'), never);
    expect(result.payload).toEqual({ kind: 'value', value: 'b' });
    expect(old.calls).toHaveLength(1);
  });

  it('tries again while nothing was executed', async () => {
    const view = new MovableView();
    view.move({ [SHARD]: 'a:1' });
    const node = new Answering('a', (attempt) => {
      if (attempt < 4) throw goverseError((['NOT_READY', 'FENCED', 'NOT_OWNER'] as const)[attempt - 1]!, 'not now');
    });
    await routerOver(view, { 'a:1': node }).execute(callOf('Room-a'), never);
    expect(node.calls).toHaveLength(4);
  });

  it('never repeats a call that may have run, unless it is idempotent', async () => {
    const view = new MovableView();
    view.move({ [SHARD]: 'a:1' });
    const failing = () =>
      new Answering('a', (attempt) => {
        if (attempt === 1) throw goverseError('OUTCOME_UNKNOWN', 'broke');
      });
    const plain = failing();
    await expect(routerOver(view, { 'a:1': plain }).execute(callOf('Room-a'), never)).rejects.toMatchObject({
      reason: 'OUTCOME_UNKNOWN',
    });
    expect(plain.calls).toHaveLength(1);
    const repeated = failing();
    await routerOver(view, { 'a:1': repeated }).execute(callOf('Room-a', { idempotent: true }), never);
    expect(repeated.calls).toHaveLength(2);
  });

  it('does not repeat a call whose own method gave up for lack of an owner', async () => {
    const view = new MovableView();
    view.move({ [SHARD]: 'a:1' });
    const node = new Answering('a', () => {
      throw goverseError('NOT_READY', 'a nested call', { retryable: false });
    });
    await expect(routerOver(view, { 'a:1': node }).execute(callOf('Room-a'), never)).rejects.toMatchObject({
      reason: 'NOT_READY',
    });
    expect(node.calls).toHaveLength(1);
  });

  it('gives up at the deadline with the last refusal', async () => {
    const view = new MovableView();
    view.move({}, {});
    const result = routerOver(view, {}).execute(callOf('Room-a', { deadline: Date.now() + 30 }), never);
    await expect(result).rejects.toMatchObject({ reason: 'NO_OWNER', retryable: true });
  });

  it('stops waiting when its caller cancels', async () => {
    const view = new MovableView();
    const controller = new AbortController();
    const result = routerOver(view, {}).execute(callOf('Room-a'), controller.signal);
    controller.abort();
    await expect(result).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(view.listening).toBe(0);
  });

  it('dials only live members for an id that names its node', async () => {
    const view = new MovableView();
    view.move({ [SHARD]: 'a:1' });
    const router = routerOver(view, { 'a:1': new Answering('a') });
    expect((await router.execute(callOf('a:1/Room-x'), never)).payload).toEqual({ kind: 'value', value: 'a' });
    await expect(router.execute(callOf('b:1/Room-x'), never)).rejects.toMatchObject({ reason: 'NO_OWNER' });
  });

  it('encodes a value that turns out to leave the process', async () => {
    const view = new MovableView();
    view.move({ [SHARD]: 'b:1' });
    const remote = new Answering('b');
    const router = routerOver(view, { 'a:1': new Answering('a'), 'b:1': remote }, 'a:1');
    const payload = { kind: 'value', value: { n: 1 }, className: 'Args' } as const;
    await router.execute(callOf('Room-a', { payload }), never);
    const sent = remote.calls[0]!.payload;
    expect(sent).toMatchObject({ kind: 'msgpack', className: 'Args' });
    expect(codec.decodeResult(sent)).toEqual({ n: 1 });
  });

  it('lets calls that wait for an unreachable node wait, whatever else changes in the cluster', async () => {
    const view = new MovableView();
    const owners = { [SHARD]: 'a:1' };
    view.move(owners);
    const node = new Unreachable();
    const router = routerOver(view, { 'a:1': node });
    const results = Array.from({ length: 1_000 }, () => router.execute(callOf('Room-a'), never));
    expect(node.attempts).toBe(1_000);
    for (let n = 0; n < 10; n++) view.move(owners);
    await expect.poll(() => node.dials).toBeGreaterThan(2);
    for (let n = 0; n < 10; n++) view.move(owners);
    expect(node.attempts).toBe(1_000);
    expect(node.dials).toBeLessThan(20);
    node.state = 'up';
    await Promise.all(results);
    expect(node.attempts).toBe(2_000);
    expect(view.listening).toBe(0);
  });

  it('sends calls that wait for an unreachable node to its successor at once', async () => {
    const view = new MovableView();
    view.move({ [SHARD]: 'a:1' });
    const [node, successor] = [new Unreachable(), new Answering('b')];
    const result = routerOver(view, { 'a:1': node, 'b:1': successor }).execute(callOf('Room-a'), never);
    await Promise.resolve();
    view.move({});
    expect(successor.calls).toHaveLength(0);
    view.move({ [SHARD]: 'b:1' });
    expect((await result).payload).toEqual({ kind: 'value', value: 'b' });
    expect(node.attempts).toBe(1);
  });

  it('ends a wait when it becomes certain that nobody will come', async () => {
    const view = new MovableView();
    view.move({});
    const result = routerOver(view, {}).execute(callOf('Room-a'), never);
    view.view = { ...viewOf(2, { 1: 'a:1' }, {}), poolOf: () => undefined };
    view.tell();
    await expect(result).rejects.toMatchObject({ reason: 'UNKNOWN_TYPE' });
  });
});
