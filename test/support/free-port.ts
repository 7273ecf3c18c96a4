import { once } from 'node:events';
import type { Server } from 'node:net';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to whoever asks for any: a port that a test let go for its process, or while that one starts
 * again, would else now and then be the next one's that is given away.
 */
const [FIRST_PORT, PORTS] = [10_000, 20_000];
const TRIES = 50;

/** Processes of tests that run at once begin far apart. */
let next = (process.pid * 617) % PORTS;

/** A port that was free a moment ago, for a process that has to be told where to listen. */
export async function freePort(): Promise<number> {
  return (await freePorts(1))[0] as number;
}

/** Ports one after the other that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  for (let tried = 0; tried < TRIES; tried++) {
    const ports = Array.from({ length: count }, (_, index) => FIRST_PORT + next + index);
    next = (next + count) % PORTS;
    const held: Server[] = [];
    try {
      for (const port of ports) held.push(await holdPort(port));
      return ports;
    } catch {
      // Somebody has one of them; others will do.
    } finally {
      await Promise.all(held.map((holder) => new Promise((resolve) => holder.close(resolve))));
    }
  }
  throw new Error(`No ${count} free ports in a row`);
}

/** Listens on a port of 127.0.0.1, so that nobody else can. */
export async function holdPort(port: number): Promise<Server> {
  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  return holder;
}
