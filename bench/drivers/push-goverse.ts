import { Audience, LISTENERS, forEachListener } from '../audience.js';
import { GateSocket } from '../gate-socket.js';
import type { Driver, DriverConfig } from '../sample.js';

const ROOM = 'Room-bench';

/** Clients on WebSockets of one gate, in a room that is an object of a node. */
export async function open({ address = '' }: DriverConfig): Promise<Driver> {
  const audience = new Audience();
  const clients = await forEachListener((listener) =>
    GateSocket.open(address, (text) => audience.heard(listener, text)),
  );
  for (const client of clients) await client.call(ROOM, 'Join', client.clientId);
  const [speaker] = clients;
  const say = async (text: string) => {
    const report = (await speaker?.call(ROOM, 'Say', text)) as { delivered: number };
    if (report.delivered !== LISTENERS) throw new Error(`Delivered to ${report.delivered} of ${LISTENERS}`);
  };
  return audience.rounds(say, () => {
    for (const client of clients) client.close();
    return Promise.resolve();
  });
}
