import { describe, expect, it } from 'vitest';
import { Door } from '../../test/support/door.js';
import { LocalObjects } from '../../test/support/local-objects.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { pass, settled } from '../../test/support/settled.js';
import { GoverseObject, Method } from '../decorators/index.js';
import type { ObjectContext, ObjectTimer } from './object-context.js';

interface World {
  readonly log: string[];
  door: Door | undefined;
}

@GoverseObject({ idleAfterMs: 1_000 })
class Clocked {
  timer: ObjectTimer | undefined;

  constructor(
    readonly self: ObjectContext,
    readonly objects: LocalObjects,
    readonly world: World,
  ) {}

  onDeactivate(): void {
    this.world.log.push('gone');
  }

  @Method()
  set({ delay, every, fails }: { delay: number; every?: number; fails?: boolean }): void {
    this.timer = this.self.setTimer(
      async () => {
        this.world.log.push('tick');
        await this.world.door?.pass();
        if (fails) throw new Error('tock');
        this.world.log.push('tock');
      },
      delay,
      every,
    );
  }

  @Method()
  cancel(): void {
    this.timer?.cancel();
  }

  @Method()
  async hold(): Promise<void> {
    await this.world.door?.pass();
    this.world.log.push('held');
  }

  @Method()
  aborted(): boolean {
    return this.self.signal.aborted;
  }
}

const start = (): { clock: ManualClock; world: World; objects: LocalObjects } => {
  const clock = new ManualClock();
  const world: World = { log: [], door: undefined };
  return { clock, world, objects: new LocalObjects([Clocked], { clock, world }) };
};

describe('timers of an object', () => {
  it('run once, or again and again until cancelled', async () => {
    const { clock, world, objects } = start();
    await objects.call('Clocked-a', 'set', { delay: 50 });
    await pass(clock, 500);
    expect(world.log).toEqual(['tick', 'tock']);
    await objects.call('Clocked-a', 'set', { delay: 100, every: 100 });
    await pass(clock, 350);
    expect(world.log).toHaveLength(8);
    await objects.call('Clocked-a', 'cancel');
    await pass(clock, 350);
    expect(world.log).toHaveLength(8);
  });

  it('are turns: they wait for the running one, and never overlap themselves', async () => {
    const { clock, world, objects } = start();
    await objects.call('Clocked-a', 'set', { delay: 10, every: 10 });
    world.door = new Door();
    const held = objects.call('Clocked-a', 'hold');
    await pass(clock, 100);
    expect(world.log).toEqual([]);
    world.door.open();
    world.door = undefined;
    await held;
    await settled();
    expect(world.log).toEqual(['held', 'tick', 'tock']);
    await pass(clock, 10);
    expect(world.log).toEqual(['held', 'tick', 'tock', 'tick', 'tock']);
  });

  it('are logged when they fail, and go on', async () => {
    const { clock, world, objects } = start();
    await objects.call('Clocked-a', 'set', { delay: 10, every: 10, fails: true });
    await pass(clock, 20);
    expect(objects.logged).toHaveLength(2);
    expect(objects.logged[0]).toMatch(/A timer of Clocked-a failed: Error: tock/);
    expect(world.log).toEqual(['tick', 'tick']);
  });

  it('end with the activation and do not keep it from being idle', async () => {
    const { clock, world, objects } = start();
    await objects.call('Clocked-a', 'set', { delay: 100, every: 100 });
    await pass(clock, 1_500);
    expect(objects.catalog.size).toBe(0);
    const { length } = world.log;
    expect(world.log.at(-1)).toBe('gone');
    await pass(clock, 1_000);
    expect(world.log).toHaveLength(length);
    expect(clock.pendingTimers).toBeLessThanOrEqual(1);
  });

  it('refuse senseless delays', async () => {
    const { objects } = start();
    for (const argument of [{ delay: -1 }, { delay: NaN }, { delay: 1, every: 0 }]) {
      await expect(objects.call('Clocked-a', 'set', argument)).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' });
    }
  });
});
