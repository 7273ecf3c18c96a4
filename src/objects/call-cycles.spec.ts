import { describe, expect, it } from 'vitest';
import { Door } from '../../test/support/door.js';
import { LocalObjects } from '../../test/support/local-objects.js';
import { settled } from '../../test/support/settled.js';
import { GoverseObject, Method, type Reentrancy } from '../decorators/index.js';
import type { ObjectContext } from './object-context.js';

type Step = [objectId: string, method?: string];

class World {
  readonly log: string[] = [];
  readonly door = new Door();
  onActivate: ((self: string, objects: LocalObjects) => Promise<unknown>) | undefined;
  onDeactivate: World['onActivate'];
}

function classOf(type: string, reentrancy: Reentrancy): new (...args: never[]) => unknown {
  @GoverseObject({ type, reentrancy })
  class Node {
    constructor(
      readonly self: ObjectContext,
      readonly objects: LocalObjects,
      readonly world: World,
    ) {}

    async onActivate(): Promise<void> {
      await this.world.onActivate?.(this.self.id, this.objects);
    }

    async onDeactivate(): Promise<void> {
      await this.world.onDeactivate?.(this.self.id, this.objects);
    }

    /** Calls the first of the steps, which calls the rest. */
    @Method()
    async go(steps: Step[]): Promise<string> {
      return this.follow(steps);
    }

    @Method({ interleave: true })
    async beside(steps: Step[]): Promise<string> {
      return this.follow(steps);
    }

    @Method({ readOnly: true })
    async read(steps: Step[]): Promise<string> {
      return this.follow(steps);
    }

    @Method({ oneWay: true })
    async later(steps: Step[]): Promise<void> {
      await this.follow(steps);
      this.world.log.push(`later ${this.self.id}`);
    }

    /** Leaves a call behind and ends. */
    @Method()
    async leave(steps: Step[]): Promise<string> {
      void this.world.door.pass().then(() =>
        this.follow(steps).then(
          (text) => this.world.log.push(`left ${text}`),
          (error) => this.world.log.push(`left ${error.reason}`),
        ),
      );
      return 'ended';
    }

    @Method()
    async hold(): Promise<void> {
      this.world.log.push('held');
      await this.world.door.pass();
    }

    @Method()
    async tick(): Promise<void> {
      this.self.setTimer(() => this.objects.call(this.self.id, 'go', []), 0);
    }

    @Method()
    async fan(targets: string[]): Promise<unknown> {
      return Promise.all(targets.map((id) => this.objects.call(id, 'go', [[this.self.id, 'beside']])));
    }

    private async follow([step, ...rest]: Step[]): Promise<string> {
      this.world.log.push(this.self.id);
      if (step === undefined) return this.self.id;
      return `${this.self.id}>${await this.objects.call<string>(step[0], step[1] ?? 'go', rest)}`;
    }
  }
  return Node;
}

const start = (reentrancy: Reentrancy = 'none'): { world: World; objects: LocalObjects } => {
  const world = new World();
  return {
    world,
    objects: new LocalObjects([classOf('N', reentrancy), classOf('Open', 'call-chain')] as never, { world }),
  };
};

const cycle = (printed: RegExp): object => ({
  reason: 'CALL_CYCLE',
  code: 'ABORTED',
  message: expect.stringMatching(printed),
});

describe('a call that comes back', () => {
  it('is refused with the printed chain: A -> A', async () => {
    const { objects } = start();
    await expect(objects.call('N-a', 'go', [['N-a']])).rejects.toMatchObject(cycle(/N-a\.go -> N-a\.go/));
    expect(await objects.call('N-a', 'go', [])).toBe('N-a');
  });

  it('is refused with the printed chain: A -> B -> A', async () => {
    const { objects } = start();
    await expect(objects.call('N-a', 'go', [['N-b'], ['N-a', 'read']])).rejects.toMatchObject(
      cycle(/N-a\.go -> N-b\.go -> N-a\.read/),
    );
  });

  it('is no cycle when it interleaves, also into a class that never is one', async () => {
    const { objects } = start();
    expect(await objects.call('N-a', 'go', [['N-b'], ['N-a', 'beside']])).toBe('N-a>N-b>N-a');
    const always = start('always').objects;
    expect(await always.call('N-a', 'go', [['N-b'], ['N-a'], ['N-a']])).toBe('N-a>N-b>N-a>N-a');
  });

  it('is no cycle for reading within reading, even when a writer waits', async () => {
    const { world, objects } = start();
    world.onActivate = async (id) => (id === 'N-b' ? world.door.pass() : undefined);
    const read = objects.call('N-a', 'read', [['N-b'], ['N-a', 'read']]);
    await world.door.reached;
    const writer = objects.call('N-a', 'go', []);
    world.door.open();
    expect(await read).toBe('N-a>N-b>N-a');
    expect(await writer).toBe('N-a');
  });

  it('is a cycle for writing within reading', async () => {
    const { objects } = start();
    await expect(objects.call('N-a', 'read', [['N-a']])).rejects.toMatchObject(cycle(/N-a\.read -> N-a\.go/));
  });

  it('takes its turn within an interleaving turn', async () => {
    const { objects } = start();
    expect(await objects.call('N-a', 'beside', [['N-a']])).toBe('N-a>N-a');
  });

  it('is refused with the rest when the node is fenced', async () => {
    const { world, objects } = start();
    await objects.create('N-a');
    const hold = objects.call('N-a', 'hold').catch((error: { reason: string }) => error.reason);
    await world.door.reached;
    const inner = objects.call('N-a', 'beside', [['N-a']]).catch((error: { reason: string }) => error.reason);
    const fenced = objects.catalog.fence();
    world.door.open();
    expect(await Promise.all([hold, inner])).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
    await fenced;
    await settled();
    expect(world.log).toEqual(['held', 'N-a']);
  });

  it('is found across a fan-out with cross calls', async () => {
    const { objects } = start();
    expect(await objects.call('N-a', 'fan', ['N-b', 'N-c'])).toEqual(['N-b>N-a', 'N-c>N-a']);
  });

  it('is found from activation hooks', async () => {
    const { world, objects } = start();
    world.onActivate = (id, own) => (id === 'N-b' ? own.call('N-a', 'go', []) : Promise.resolve());
    await expect(objects.call('N-a', 'go', [['N-b']])).rejects.toMatchObject(
      cycle(/N-a\.go -> N-b\.onActivate -> N-a\.go/),
    );
    world.onActivate = (id, own) => own.call(id, 'go', []);
    await expect(objects.call('N-c', 'go', [])).rejects.toMatchObject(cycle(/N-c\.onActivate -> N-c\.go/));
  });

  it('is found from deactivation hooks, and does not keep the object from going', async () => {
    const { world, objects } = start();
    world.onDeactivate = (id, own) => own.call(id, 'go', []);
    await objects.create('N-a');
    await objects.delete('N-a');
    expect(objects.logged[0]).toMatch(/N-a\.onDeactivate -> N-a\.go/);
    expect(objects.catalog.size).toBe(0);
  });

  it('is found from timers', async () => {
    const { objects } = start();
    await objects.call('N-a', 'tick');
    await expect
      .poll(() => objects.logged)
      .toEqual([expect.stringMatching(/A timer of N-a failed.*N-a\.timer -> N-a\.go/)]);
  });

  it('starts a new chain when it is one-way', async () => {
    const { world, objects } = start();
    expect(await objects.call('N-a', 'go', [['N-a', 'later']])).toBe('N-a>undefined');
    await settled();
    expect(world.log).toEqual(['N-a', 'N-a', 'later N-a']);
  });

  it('is none when the hook of an object that a one-way call activates calls the caller back', async () => {
    const { world, objects } = start();
    world.onActivate = async (self, calls) => {
      if (self === 'N-b') world.log.push(`back at ${await calls.call<string>('N-a', 'go', [])}`);
    };
    expect(await objects.call('N-a', 'go', [['N-b', 'later']])).toBe('N-a>undefined');
    await settled();
    expect(world.log).toEqual(['N-a', 'N-a', 'back at N-a', 'N-b', 'later N-b']);
  });
});

describe("reentrancy: 'call-chain'", () => {
  it('runs inside the waiting turn', async () => {
    const { objects } = start();
    expect(await objects.call('Open-a', 'go', [['N-b'], ['Open-a'], ['Open-a']])).toBe('Open-a>N-b>Open-a>Open-a');
  });

  it('lets other calls wait meanwhile', async () => {
    const { world, objects } = start();
    world.onActivate = async (id) => (id === 'N-b' ? world.door.pass() : undefined);
    const chain = objects.call('Open-a', 'go', [['N-b'], ['Open-a']]);
    await world.door.reached;
    const other = objects.call('Open-a', 'hold').then(() => world.log.push('other'));
    world.door.open();
    expect(await chain).toBe('Open-a>N-b>Open-a');
    await other;
    expect(world.log).toEqual(['Open-a', 'N-b', 'Open-a', 'held', 'other']);
  });

  it('ends with the outer turn: what it left behind waits like every call', async () => {
    const { world, objects } = start();
    expect(await objects.call('Open-a', 'leave', [['Open-a']])).toBe('ended');
    const hold = objects.call('Open-a', 'hold');
    world.door.open();
    await hold;
    await settled();
    expect(world.log.indexOf('left Open-a>Open-a')).toBeGreaterThan(world.log.indexOf('held'));
    expect(world.log).not.toContain('left CALL_CYCLE');
  });

  it('does not help a call left behind by a class without it to be refused either', async () => {
    const { world, objects } = start();
    await objects.call('N-a', 'leave', [['N-a']]);
    world.door.open();
    await settled();
    await settled();
    expect(world.log).toContain('left N-a>N-a');
  });

  it('still runs what a turn waits for when the object has to leave', async () => {
    const { world, objects } = start();
    world.onActivate = async (id) => (id.endsWith('N-b') ? world.door.pass() : undefined);
    const chain = objects.call('shard#1/Open-a', 'go', [['shard#2/N-b'], ['shard#1/Open-a']]);
    await world.door.reached;
    const released = objects.catalog.release(new Set([1]));
    world.door.open();
    expect(await chain).toBe('shard#1/Open-a>shard#2/N-b>shard#1/Open-a');
    await released;
  });
});
