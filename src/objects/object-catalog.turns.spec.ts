import { describe, expect, it } from 'vitest';
import { startRooms } from '../../test/support/rooms.js';
import { goverseError } from '../core/index.js';

describe('ObjectCatalog: turns', () => {
  it('runs one turn at a time in the order of arrival, until the promise settles', async () => {
    const { world, objects } = startRooms();
    const calls = ['a', 'b', 'c'].map((name) => objects.call('Room-a', 'wait', name));
    for (const name of ['c', 'b', 'a']) world.door(name).open();
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c']);
    expect(world.log.slice(2)).toEqual(['+a', '-a', '+b', '-b', '+c', '-c']);
  });

  it('lets read-only turns overlap, but none overtakes a waiting writer', async () => {
    const { world, objects } = startRooms();
    const calls = [objects.call('Room-a', 'look', 'r1'), objects.call('Room-a', 'look', 'r2')];
    await Promise.all([world.door('r1').reached, world.door('r2').reached]);
    calls.push(objects.call('Room-a', 'wait', 'w'), objects.call('Room-a', 'look', 'r3'));
    for (const name of ['r1', 'r2', 'r3', 'w']) world.door(name).open();
    await Promise.all(calls);
    expect(world.log.slice(2).indexOf('+r3')).toBeGreaterThan(world.log.slice(2).indexOf('-w'));
    expect(world.log.slice(2, 4)).toEqual(['+r1', '+r2']);
  });

  it('lets interleaving turns run beside anything', async () => {
    const { world, objects } = startRooms();
    const call = objects.call('Room-a', 'wait', 'w');
    await world.door('w').reached;
    await objects.call('Room-a', 'peek', 'in');
    world.door('w').open();
    await call;
    expect(world.log.slice(2)).toEqual(['+w', 'peek in', '-w']);
  });

  it('refuses calls beyond the mailbox limit with a time to come back', async () => {
    const { world, objects } = startRooms();
    await objects.create('Room-a');
    const calls = ['a', 'b', 'c', 'd'].map((name) => objects.call('Room-a', 'wait', name));
    await world.door('a').reached;
    await expect(objects.call('Room-a', 'plain', 1)).rejects.toMatchObject({
      reason: 'OVERLOADED',
      details: { retryAfterMs: expect.any(Number) },
    });
    for (const name of ['a', 'b', 'c', 'd']) world.door(name).open();
    await Promise.all(calls);
  });

  it('tells user errors apart: GoverseError as it is, others as METHOD_FAILED and logged once', async () => {
    const { objects } = startRooms();
    await expect(objects.call('Room-a', 'fail', undefined, { callId: 'c1' })).rejects.toMatchObject({
      reason: 'METHOD_FAILED',
      message: 'TypeError: boom',
    });
    await expect(objects.call('Room-a', 'refuse')).rejects.toMatchObject({
      reason: 'ROOM_FULL',
      code: 'FAILED_PRECONDITION',
      details: { max: 2 },
    });
    expect(objects.logged).toHaveLength(1);
    expect(objects.logged[0]).toMatch(/Room-a\.fail failed \(call c1\): TypeError: boom/);
  });

  it('never calls an error of a turn that ran retryable', async () => {
    const { objects } = startRooms();
    await expect(objects.call('Room-a', 'passesOn')).rejects.toMatchObject({ reason: 'NOT_READY', retryable: false });
  });

  it('names the path of a result that cannot travel, and goes on', async () => {
    const { objects } = startRooms();
    await expect(objects.call('Room-a', 'leaky')).rejects.toMatchObject({
      reason: 'RESULT_NOT_ENCODABLE',
      message: expect.stringContaining('nested'),
    });
    expect(await objects.call('Room-a', 'plain', 1)).toBe(2);
  });

  it('gives a method its call context as a parameter and ambient', async () => {
    const { objects } = startRooms();
    const caller = { userId: 'ann', roles: ['admin'] };
    expect(await objects.call('Room-a', 'who', undefined, { clientId: 'g:1/x', caller, isFromClient: true })).toEqual({
      clientId: 'g:1/x',
      caller,
      isFromClient: true,
      key: 'a',
      ambient: true,
    });
  });

  it('asks the owner before every turn', async () => {
    const { world, objects } = startRooms();
    const calls = [objects.call('Room-a', 'wait', 'a'), objects.call('Room-a', 'wait', 'b')];
    await world.door('a').reached;
    objects.mayRun = () => {
      throw goverseError('NOT_OWNER', 'gone');
    };
    world.door('a').open();
    expect(await calls[0]).toBe('a');
    await expect(calls[1]).rejects.toMatchObject({ reason: 'NOT_OWNER', retryable: true });
    expect(world.log).not.toContain('+b');
  });
});
