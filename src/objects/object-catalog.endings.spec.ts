import { describe, expect, it } from 'vitest';
import { LocalObjects } from '../../test/support/local-objects.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { World, reasonOf, startRooms } from '../../test/support/rooms.js';
import { pass } from '../../test/support/settled.js';
import { GoverseObject, Method } from '../decorators/index.js';
import type { ObjectContext } from './object-context.js';

describe('ObjectCatalog: the end of activations', () => {
  it('finishes the running turn and gives the calls that arrive meanwhile to the next activation', async () => {
    const { world, objects } = startRooms();
    const running = objects.call('Room-a', 'wait', 'a');
    await world.door('a').reached;
    const door = world.door('deactivate');
    const deleted = objects.delete('Room-a');
    const after = objects.call('Room-a', 'plain', 1);
    world.door('a').open();
    await running;
    await door.reached;
    const meanwhile = [objects.call('Room-a', 'plain', 5), objects.create('Room-a', 'again')];
    door.open();
    await deleted;
    expect(await after).toBe(2);
    expect(await Promise.all(meanwhile)).toEqual([6, false]);
    expect(world.log).toEqual([
      'new Room-a',
      'activate undefined',
      '+a',
      '-a',
      'deactivate deleted',
      'new Room-a',
      'activate undefined',
    ]);
  });

  it('creates anew behind a deletion, also as another type', async () => {
    const { world, objects } = startRooms();
    await objects.create('x', 1, { type: 'Room' });
    const running = objects.call('x', 'wait', 'a', { type: 'Room' });
    await world.door('a').reached;
    const deleted = objects.delete('x', { type: 'Room' });
    const created = objects.create('x', 2, { type: 'Room' });
    world.door('a').open();
    await Promise.all([running, deleted]);
    expect(await created).toBe(true);
    const door = world.door('deactivate');
    const again = objects.delete('x', { type: 'Room' });
    await door.reached;
    const other = objects.create('x', undefined, { type: 'Hall' });
    door.open();
    await again;
    expect(await other).toBe(true);
    expect(objects.catalog.list()).toMatchObject([{ type: 'Hall', id: 'x' }]);
  });

  it('resolves the deletion of what is not there, without activating it', async () => {
    const { world, objects } = startRooms();
    await objects.delete('Room-a');
    expect(world.log).toEqual([]);
  });

  it('logs a throwing onDeactivate', async () => {
    const { world, objects } = startRooms();
    world.door('deactivate-fails');
    await objects.create('Room-a');
    await objects.delete('Room-a');
    expect(objects.logged[0]).toMatch(/onDeactivate\('deleted'\) of Room-a failed: Error: never/);
    expect(await objects.call('Room-a', 'plain', 1)).toBe(2);
  });

  it('ends a crowd of idle activations some at a time, so that others are called meanwhile', async () => {
    const clock = new ManualClock();
    @GoverseObject({ type: 'Short', idleAfterMs: 1_000 })
    class Short {
      @Method('Ping')
      ping(): string {
        return 'pong';
      }
    }
    const objects = new LocalObjects([Short], { clock });
    for (let n = 0; n < 1_000; n++) await objects.call(`Short-${n}`, 'Ping');
    clock.advance(1_500);
    expect(objects.catalog.size).toBeLessThan(1_000);
    expect(objects.catalog.size).toBeGreaterThan(500);
    expect(await objects.call('Short-late', 'Ping')).toBe('pong');
    expect(objects.catalog.size).toBeGreaterThan(1);
    while (objects.catalog.size > 1) await new Promise((resolve) => setImmediate(resolve));
    expect(objects.catalog.list()).toMatchObject([{ id: 'Short-late' }]);
  });

  it('ends idle activations within 500 ms, and not those that are used', async () => {
    const clock = new ManualClock();
    @GoverseObject({ type: 'Short', idleAfterMs: 1_000 })
    class Short {
      constructor(
        readonly self: ObjectContext,
        readonly objects: LocalObjects,
        readonly world: World,
      ) {}
      onDeactivate(reason: string): void {
        this.world.log.push(`${this.self.id} ${reason} ${clock.now()}`);
      }
      @Method() touch(): void {}
    }
    const world = new World();
    const objects = new LocalObjects([Short], { world, clock });
    const t0 = clock.now();
    await objects.call('Short-a', 'touch');
    await objects.call('Short-b', 'touch');
    await pass(clock, 900);
    await objects.call('Short-b', 'touch');
    await pass(clock, 700);
    expect(world.log).toHaveLength(1);
    const [, reason, at] = (world.log[0] as string).split(' ');
    expect(reason).toBe('idle');
    expect(Number(at) - t0).toBeGreaterThanOrEqual(1_000);
    expect(Number(at) - t0).toBeLessThanOrEqual(1_500);
    await pass(clock, 900);
    expect(objects.catalog.size).toBe(0);
  });

  it('ends soon when asked to, after the running turn', async () => {
    const { world, objects } = startRooms();
    const calls = [objects.call('Room-a', 'soon'), objects.call('Room-a', 'plain', 1)];
    expect(await Promise.all(calls)).toEqual([undefined, 2]);
    expect(world.log).toEqual([
      'new Room-a',
      'activate undefined',
      'soon',
      'deactivate idle',
      'new Room-a',
      'activate undefined',
    ]);
  });

  it('refuses an object that waits for its own deletion', async () => {
    const { objects } = startRooms();
    expect(await reasonOf(objects.call('Room-a', 'removeMyself'))).toBe('CALL_CYCLE');
  });
});
