import { describe, expect, it } from 'vitest';
import { reasonOf, startRooms } from '../../test/support/rooms.js';
import { settled } from '../../test/support/settled.js';

describe('ObjectCatalog: release, fence, shutdown', () => {
  const everything = new Set(Array.from({ length: 64 }, (_, shard) => shard));

  it('lets running turns finish, refuses waiting ones with NOT_OWNER, and resolves when all are gone', async () => {
    const { world, objects } = startRooms();
    const running = objects.call('Room-a', 'wait', 'a');
    const waiting = reasonOf(objects.call('Room-a', 'wait', 'b'));
    await world.door('a').reached;
    const order: string[] = [];
    const released = objects.catalog.release(everything).then(() => order.push('released'));
    expect(await waiting).toBe('NOT_OWNER');
    expect(await reasonOf(objects.call('Room-a', 'plain', 1))).toBe('NOT_OWNER');
    expect(await reasonOf(objects.call('Room-new', 'plain', 1))).toBe('NOT_OWNER');
    expect(order).toEqual([]);
    world.door('a').open();
    expect(await running).toBe('a');
    await released;
    expect(world.log.at(-1)).toBe('deactivate moved');
    expect(objects.catalog.size).toBe(0);
    expect(await objects.call('Room-a', 'plain', 1)).toBe(2);
  });

  it('releases the asked shards only, and no objects bound to a node', async () => {
    const { objects } = startRooms();
    await objects.call('shard#1/Room-a', 'plain', 1);
    await objects.call('shard#2/Room-a', 'plain', 1);
    await objects.call('127.0.0.1:1/Room-a', 'plain', 1);
    await objects.catalog.release(new Set([1]));
    expect(objects.catalog.list().map(({ id }) => id)).toEqual(['shard#2/Room-a', '127.0.0.1:1/Room-a']);
  });

  it('releases an object that is still activating after its hook', async () => {
    const { world, objects } = startRooms();
    const activate = world.door('activate');
    const call = reasonOf(objects.call('Room-a', 'plain', 1));
    await activate.reached;
    const released = objects.catalog.release(everything);
    expect(await call).toBe('NOT_OWNER');
    activate.open();
    await released;
    expect(world.log).toEqual(['new Room-a', 'activate undefined', 'deactivate moved']);
  });

  it('fences: callers of running turns hear OUTCOME_UNKNOWN at once, waiting ones FENCED, the turn is waited for', async () => {
    const { world, objects } = startRooms();
    const running = reasonOf(objects.call('Room-a', 'wait', 'a'));
    const waiting = reasonOf(objects.call('Room-a', 'wait', 'b'));
    await world.door('a').reached;
    const fenced = objects.catalog.fence();
    expect(await running).toBe('OUTCOME_UNKNOWN');
    expect(await waiting).toBe('FENCED');
    expect(world.log).toContain('abort a');
    expect(await Promise.race([fenced, settled().then(() => 'waits')])).toBe('waits');
    world.door('a').open();
    await fenced;
    expect(world.log.at(-1)).toBe('deactivate fenced');
  });

  it('aborts running turns when the drain has lasted too long', async () => {
    const { world, objects } = startRooms();
    const running = reasonOf(objects.call('Room-a', 'wait', 'a'));
    await world.door('a').reached;
    const released = objects.catalog.release(everything);
    objects.catalog.abortRunning();
    expect(await running).toBe('OUTCOME_UNKNOWN');
    expect(world.log).toContain('abort a');
    world.door('a').open();
    await released;
  });

  it('shuts everything down, node-placed objects too, and executes nothing afterwards', async () => {
    const { world, objects } = startRooms();
    await objects.call('Room-a', 'plain', 1);
    await objects.call('127.0.0.1:1/Room-a', 'plain', 1);
    await objects.catalog.shutdown();
    expect(world.log.filter((line) => line === 'deactivate shutdown')).toHaveLength(2);
    expect(await reasonOf(objects.call('Room-a', 'plain', 1))).toBe('NOT_READY');
  });
});
