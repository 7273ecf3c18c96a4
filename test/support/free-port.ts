import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';

const PORTS_TRIED = 50;

/** A port that was free a moment ago, for a process that has to be told where to listen. */
export async function freePort(): Promise<number> {
  return (await freePorts(1))[0] as number;
}

/** Ports one after the other that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  for (let tried = 0; tried < PORTS_TRIED; tried++) {
    const held = [await holdPort(0)];
    const first = portOf(held[0] as Server);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    try {
      for (const port of ports.slice(1)) held.push(await holdPort(port));
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

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
