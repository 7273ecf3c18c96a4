import { describe, expect, it } from 'vitest';
import { reasonOf, startRooms } from '../../test/support/rooms.js';

describe('ObjectCatalog: activation', () => {
  it('activates on the first call and lets concurrent first calls share the activation', async () => {
    const { world, objects } = startRooms();
    const door = world.door('activate');
    const calls = [1, 2, 3].map((n) => objects.call('Room-a', 'plain', n));
    await door.reached;
    expect(objects.catalog.size).toBe(1);
    door.open();
    expect(await Promise.all(calls)).toEqual([2, 3, 4]);
    expect(world.log).toEqual(['new Room-a', 'activate undefined']);
    expect(objects.catalog.list()).toEqual([{ type: 'Room', id: 'Room-a', creationTime: expect.any(Number) }]);
  });

  it('gives the argument of createObject to onActivate, once, and changes nothing when the object is there', async () => {
    const { world, objects } = startRooms();
    expect(await objects.create('Room-a', 'gold')).toBe(true);
    expect(await objects.create('Room-a', 'silver')).toBe(false);
    expect(world.log).toEqual(['new Room-a', 'activate gold']);
  });

  it.each(['constructor-fails', 'activate-fails'])(
    'gives the error to every waiting call when %s, and tries anew',
    async (what) => {
      const { world, objects } = startRooms();
      const activate = world.door('activate');
      world.door(what);
      const calls = [objects.call('Room-a', 'plain', 1), objects.create('Room-a'), objects.call('Room-a', 'plain', 2)];
      activate.open();
      const errors = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
      for (const error of errors)
        expect(error).toMatchObject({ reason: 'METHOD_FAILED', message: expect.stringMatching(/no room|not today/) });
      expect(objects.catalog.size).toBe(0);
      world.doors.delete(what);
      expect(await objects.call('Room-a', 'plain', 1)).toBe(2);
      expect(objects.logged.some((line) => line.includes('Room-a'))).toBe(true);
    },
  );

  it('refuses more activations than allowed and says when to come back', async () => {
    const { objects } = startRooms({ maxActivations: 1 });
    await objects.call('Room-a', 'plain', 1);
    await expect(objects.call('Room-b', 'plain', 1)).rejects.toMatchObject({
      reason: 'OVERLOADED',
      details: { retryAfterMs: expect.any(Number) },
    });
  });

  it('refuses unknown types and methods naming what there is', async () => {
    const { objects } = startRooms();
    await expect(objects.call('Nope-a', 'plain')).rejects.toMatchObject({
      reason: 'UNKNOWN_TYPE',
      message: expect.stringContaining('Room'),
    });
    await expect(objects.call('Room-a', 'nope')).rejects.toMatchObject({
      reason: 'METHOD_NOT_FOUND',
      message: expect.stringContaining('plain'),
    });
    expect(objects.catalog.size).toBe(0);
  });

  it('tells clients that a type or a method is not there, and nothing of what is', async () => {
    const { objects } = startRooms();
    await expect(objects.call('Nope-a', 'plain', 1, { isFromClient: true })).rejects.toMatchObject({
      reason: 'UNKNOWN_TYPE',
      message: 'There is no object type Nope',
    });
    await expect(objects.call('Room-a', 'nope', 1, { isFromClient: true })).rejects.toMatchObject({
      reason: 'METHOD_NOT_FOUND',
      message: 'Room has no method "nope"',
    });
  });

  it('refuses another type for an id that is there', async () => {
    const { objects } = startRooms();
    await objects.call('lobby', 'plain', 1, { type: 'Room' });
    expect(await reasonOf(objects.call('lobby', 'x', 1, { type: 'Hall' }))).toBe('METHOD_NOT_FOUND');
    expect(await reasonOf(objects.delete('lobby', { type: 'Hall' }))).toBe('TYPE_MISMATCH');
    expect(await reasonOf(objects.create('lobby', 1, { type: 'Hall' }))).toBe('ALREADY_EXISTS');
    expect(await reasonOf(objects.call('lobby', 'plain', 1))).toBe('INVALID_OBJECT_ID');
    expect(await objects.call('lobby', 'who', undefined, { type: 'Room' })).toMatchObject({ key: 'lobby' });
  });

  it('refuses internal methods to clients only', async () => {
    const { objects } = startRooms();
    await objects.call('Room-a', 'secret');
    expect(await reasonOf(objects.call('Room-a', 'secret', undefined, { isFromClient: true }))).toBe('ACCESS_DENIED');
  });
});
