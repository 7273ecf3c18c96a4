import { createHook } from 'node:async_hooks';
import { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CallResult } from '../../src/core/index.js';
import { NEVER } from '../../src/core/index.js';
import type { Link } from '../../src/rpc/index.js';
import { aCall, poolOf, serveNode } from './link-fixture.js';

const CALLS = 200;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** What Node.js makes in both processes, which are one here, by the type of its async resources; and `write`s to sockets. */
async function madeBy(work: () => Promise<void>): Promise<(type: string) => number> {
  const made = new Map<string, number>();
  const write = vi.spyOn(Socket.prototype, 'write');
  const hook = createHook({ init: (_id, type) => made.set(type, (made.get(type) ?? 0) + 1) }).enable();
  try {
    await work();
  } finally {
    hook.disable();
    made.set('write', write.mock.calls.length);
    write.mockRestore();
  }
  return (type) => made.get(type) ?? 0;
}

async function linkToEcho(): Promise<Link> {
  const { address, listener } = await serveNode({
    handler: { begin: ({ payload }, _signal, _peer, outcome) => outcome.done({ payload }) },
  });
  cleanups.push(() => listener.close(0));
  const pool = poolOf();
  cleanups.push(() => pool.close());
  const link = pool.link(address);
  // Timers of the connection and of the first deadline are there already.
  await link.execute(aCall({ deadline: Date.now() + 1_000_000 }), NEVER);
  return link;
}

/** Resolves when so many calls, made in one go, have been answered; costs one promise. */
function burst(link: Link, calls: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let open = calls;
    const outcome = {
      done: (_result: CallResult) => {
        if (--open === 0) resolve();
      },
      failed: reject,
    };
    for (let n = 0; n < calls; n++) link.begin(aCall(), NEVER, outcome);
  });
}

describe('calls over a Link', () => {
  it('make no promise and no timer each, and go and come back in one write', async () => {
    const link = await linkToEcho();
    const made = await madeBy(() => burst(link, CALLS));
    // A few of this test, of the connection and of Node's streams, whatever the number of calls.
    expect(made('PROMISE')).toBeLessThan(CALLS / 4);
    expect(made('Timeout')).toBeLessThanOrEqual(1);
    expect(made('write')).toBe(2);
    expect(made('Immediate')).toBe(2);
  });

  it('cost one write each way when there is one at a time', async () => {
    const link = await linkToEcho();
    const made = await madeBy(async () => {
      for (let n = 0; n < 10; n++) await burst(link, 1);
    });
    expect(made('write')).toBe(20);
    expect(made('Immediate')).toBe(20);
    expect(made('Timeout')).toBeLessThanOrEqual(1);
  });
});
