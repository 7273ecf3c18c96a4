import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallContext, GoverseObject, GoverseService, Method } from '../../src/index.js';
import { callEvents } from '../../src/observability/index.js';
import { TestCluster } from '../../src/testing/index.js';
import { RawNode } from '../support/raw-node.js';

/** Opens and closes what a turn waits for. */
class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

let gate = new Gate();
let entered = () => {};

@GoverseObject()
class Tally {
  private count = 0;

  constructor(private readonly goverse: GoverseService) {}

  @Method()
  add(n: number): number {
    return (this.count += n);
  }

  @Method()
  async hold(): Promise<void> {
    entered();
    await gate.opened;
  }

  @Method()
  push(list: number[]): number[] {
    list.push(list.length);
    return list;
  }

  @Method()
  context(): unknown {
    const { objectId, method, callId, isFromClient } = CallContext.current()!;
    return { objectId, method, callId, isFromClient };
  }

  /** Calls a neighbour when its own deadline has passed. */
  @Method({ timeoutMs: 30 })
  async late(neighbour: string): Promise<unknown> {
    const { signal } = CallContext.current()!;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return this.goverse
      .callObject(neighbour, 'add', 1)
      .catch((error: { reason: string }) => lateAnswers.push(error.reason));
  }

  @Method()
  async loop(neighbour: string): Promise<number> {
    return this.goverse.callObject<number>(neighbour, 'add', 1);
  }
}

@GoverseObject()
class Other {
  @Method()
  add(): string {
    return 'other';
  }
}

const lateAnswers: string[] = [];

describe('calls to objects of the same node', () => {
  let cluster: TestCluster;
  let goverse: GoverseService;

  beforeAll(async () => {
    cluster = await TestCluster.start({ nodes: 1, gates: 0, providers: [Tally, Other], node: { shards: 64 } });
    goverse = cluster.nodes[0]!.goverse;
  });

  afterAll(() => cluster.stop());

  it('run one after the other, the first of them too', async () => {
    const sums = await Promise.all([1, 2, 3].map((n) => goverse.callObject('Tally-sum', 'add', n)));
    expect(sums).toEqual([1, 3, 6]);
    expect(await goverse.callObject('Tally-sum', 'add', 4)).toBe(10);
  });

  it('wait while a turn runs', async () => {
    gate = new Gate();
    await goverse.callObject('Tally-busy', 'add', 0);
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const held = goverse.callObject('Tally-busy', 'hold');
    await inside;
    let answered = false;
    const waiting = goverse.callObject('Tally-busy', 'add', 5).finally(() => (answered = true));
    await goverse.callObject('Tally-free', 'add', 1);
    expect(answered).toBe(false);
    gate.open();
    await held;
    expect(await waiting).toBe(5);
  });

  it('share no value with their caller', async () => {
    await goverse.callObject('Tally-copy', 'push', []);
    const list = [7];
    const answer = await goverse.callObject('Tally-copy', 'push', list);
    expect(list).toEqual([7]);
    expect(answer).toEqual([7, 1]);
  });

  it('see their own context', async () => {
    await goverse.callObject('Tally-seen', 'add', 1);
    expect(await goverse.callObject('Tally-seen', 'context', undefined, { callId: 'c-1' })).toEqual({
      objectId: 'Tally-seen',
      method: 'context',
      callId: 'c-1',
      isFromClient: false,
    });
  });

  it('name what is wrong: the method, the type, the argument', async () => {
    await goverse.callObject('Tally-wrong', 'add', 1);
    await expect(goverse.callObject('Tally-wrong', 'nope')).rejects.toMatchObject({ reason: 'METHOD_NOT_FOUND' });
    await expect(goverse.callObject('Tally-wrong', 'add', 1, { type: 'Other' })).rejects.toMatchObject({
      reason: 'TYPE_MISMATCH',
    });
    await expect(goverse.callObject('Tally-wrong', 'add', () => 1)).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
    await expect(goverse.callObject('Tally-wrong', 'add', 1, { timeoutMs: -1 })).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
  });

  it('are refused when they are cancelled or late before they begin', async () => {
    await goverse.callObject('Tally-late', 'add', 1);
    await goverse.callObject('Tally-caller', 'add', 1);
    const cancelled = goverse.callObject('Tally-late', 'add', 1, { signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ reason: 'CANCELLED' });
    const late = goverse.callObject('Tally-caller', 'late', 'Tally-late');
    await expect(late).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
    await expect.poll(() => lateAnswers.length).toBe(1);
    expect(['DEADLINE_EXCEEDED', 'CANCELLED']).toContain(lateAnswers[0]);
    expect(await goverse.callObject('Tally-late', 'add', 0)).toBe(1);
  });

  it('refuse a cycle', async () => {
    await goverse.callObject('Tally-self', 'add', 1);
    await expect(goverse.callObject('Tally-self', 'loop', 'Tally-self')).rejects.toMatchObject({
      reason: 'CALL_CYCLE',
    });
    expect(await goverse.callObject('Tally-self', 'loop', 'Tally-neighbour')).toBe(1);
    expect(await goverse.callObject('Tally-self', 'loop', 'Tally-neighbour')).toBe(2);
  });

  it('are seen by those who watch calls', async () => {
    await goverse.callObject('Tally-watched', 'add', 1);
    const seen: string[] = [];
    const stop = callEvents.listen(({ objectId, outcome }) => seen.push(`${objectId} ${outcome}`));
    await goverse.callObject('Tally-watched', 'add', 1);
    stop();
    expect(seen).toContain('Tally-watched answered');
  });

  it('leave the event loop its turns, also when every one is answered at once', async () => {
    let turned = false;
    setTimeout(() => (turned = true), 1);
    let calls = 0;
    while (!turned && calls < 5_000_000) {
      await goverse.callObject('Tally-endless', 'add', 1);
      calls++;
    }
    expect(turned).toBe(true);
    let failed = 0;
    turned = false;
    setTimeout(() => (turned = true), 1);
    while (!turned && failed < 5_000_000) await goverse.callObject('Tally-endless', 'nope').catch(() => failed++);
    expect(turned).toBe(true);
  });
});

describe('a call that waits for an object of its own node', () => {
  it('goes to the next owner when the object moves before its turn', async () => {
    const cluster = await TestCluster.start({
      nodes: 1,
      gates: 0,
      providers: [Tally, Other],
      node: { shards: 64, leaseTtlSeconds: 10 },
    });
    let status: RawNode | undefined;
    try {
      const first = cluster.nodes[0]!;
      status = new RawNode(first.address);
      gate = new Gate();
      await first.goverse.callObject('Tally-mover', 'add', 1);
      const inside = new Promise<void>((resolve) => (entered = resolve));
      const held = first.goverse.callObject('Tally-mover', 'hold');
      await inside;
      const waiting = first.goverse.callObject('Tally-mover', 'add', 5);
      const second = await cluster.addNode();
      const drained = first.drain();
      // All but the shard whose turn still runs have left.
      await expect.poll(async () => (await status!.status()).shards_held).toBe(0);
      gate.open();
      await held;
      expect(await waiting).toBe(5);
      await drained;
      expect(second.objects().map(({ id }) => id)).toContain('Tally-mover');
    } finally {
      status?.close();
      await cluster.stop();
    }
  });
});
