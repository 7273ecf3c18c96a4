import { describe, expect, it } from 'vitest';
import { startRooms } from '../../test/support/rooms.js';
import { settled } from '../../test/support/settled.js';

describe('ObjectCatalog: one-way calls', () => {
  it('resolve when the mailbox has them and start a new chain', async () => {
    const { world, objects } = startRooms();
    const chain = [{ objectId: 'Room-z', turnId: 't' }];
    expect(await objects.call('Room-a', 'note', 'n', { chain })).toBeUndefined();
    await world.door('n').reached;
    expect(world.log).toContain('+n 1');
    expect(await objects.call('Room-a', 'note', 'm')).toBeUndefined();
    world.door('n').open();
    world.door('m').open();
  });

  it('log their failure, and go on after their caller gave up', async () => {
    const { world, objects } = startRooms();
    const cancel = new AbortController();
    world.door('bad').open();
    await objects.call('Room-a', 'note', 'bad', { signal: cancel.signal });
    cancel.abort();
    await settled();
    expect(objects.logged.join('\n')).toMatch(/Room-a\.note/);
  });

  it('are passed on when the object has to leave before their turn', async () => {
    const { world, objects } = startRooms();
    const running = objects.call('Room-a', 'wait', 'a');
    await world.door('a').reached;
    await objects.call('Room-a', 'note', 'n');
    const released = objects.catalog.release(new Set(Array.from({ length: 64 }, (_, shard) => shard)));
    world.door('a').open();
    await Promise.all([running, released]);
    expect(objects.passedOn).toMatchObject([{ objectId: 'Room-a', method: 'note', chain: [] }]);
  });
});
