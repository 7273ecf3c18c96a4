import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { reasonOf, startRooms } from '../../test/support/rooms.js';
import { pass, settled } from '../../test/support/settled.js';

describe('ObjectCatalog: deadlines and cancellation', () => {
  it('answers the caller at the deadline, aborts the signal, and keeps the object busy until the turn ends', async () => {
    const clock = new ManualClock();
    const { world, objects } = startRooms({ clock });
    const slow = objects.call('Room-a', 'wait', 'slow', { deadline: clock.now() + 100 });
    const next = objects.call('Room-a', 'plain', 1);
    await world.door('slow').reached;
    const refused = expect(slow).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('running'),
    });
    await pass(clock, 120);
    await refused;
    expect(world.log).toContain('abort slow');
    expect(await Promise.race([next, settled().then(() => 'waits')])).toBe('waits');
    world.door('slow').open();
    expect(await next).toBe(2);
  });

  it('drops waiting calls whose deadline passed or whose caller gave up', async () => {
    const clock = new ManualClock();
    const { world, objects } = startRooms({ clock });
    const first = objects.call('Room-a', 'wait', 'a');
    await world.door('a').reached;
    const cancel = new AbortController();
    const dropped = reasonOf(objects.call('Room-a', 'wait', 'late', { deadline: clock.now() + 10 }));
    const cancelled = reasonOf(objects.call('Room-a', 'wait', 'cancelled', { signal: cancel.signal }));
    cancel.abort();
    expect(await cancelled).toBe('CANCELLED');
    await pass(clock, 30);
    expect(await dropped).toBe('DEADLINE_EXCEEDED');
    world.door('a').open();
    await first;
    await settled();
    expect(world.log).not.toContain('+late');
    expect(world.log).not.toContain('+cancelled');
  });

  it('refuses what arrives too late or cancelled', async () => {
    const { objects } = startRooms();
    expect(await reasonOf(objects.call('Room-a', 'plain', 1, { deadline: Date.now() - 1 }))).toBe('DEADLINE_EXCEEDED');
    expect(await reasonOf(objects.call('Room-a', 'plain', 1, { signal: AbortSignal.abort() }))).toBe('CANCELLED');
    expect(objects.catalog.size).toBe(0);
  });

  it('lets the method shorten the deadline', async () => {
    const clock = new ManualClock();
    const { world, objects } = startRooms({ clock });
    const call = reasonOf(objects.call('Room-a', 'hurried'));
    await world.door('hurried').reached;
    await pass(clock, 70);
    expect(await call).toBe('DEADLINE_EXCEEDED');
  });

  it('cancels a running turn when its caller gives up', async () => {
    const { world, objects } = startRooms();
    const cancel = new AbortController();
    const call = reasonOf(objects.call('Room-a', 'wait', 'a', { signal: cancel.signal }));
    await world.door('a').reached;
    cancel.abort();
    expect(await call).toBe('CANCELLED');
    expect(world.log).toContain('abort a');
  });
});
