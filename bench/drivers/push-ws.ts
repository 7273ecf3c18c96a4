import { Audience, forEachListener } from '../audience.js';
import type { Driver, DriverConfig } from '../sample.js';
import { openWebSocket } from '../web-socket.js';

/** Clients of a bare WebSocket server that repeats to all what one of them says. */
export async function open({ address = '' }: DriverConfig): Promise<Driver> {
  const audience = new Audience();
  const clients = await forEachListener(async (listener) => {
    const socket = await openWebSocket(`ws://${address}/`);
    socket.on('message', (data) => {
      audience.heard(listener, (JSON.parse(data.toString()) as { data: { text: string } }).data.text);
    });
    return socket;
  });
  const [speaker] = clients;
  return audience.rounds(
    (text) => speaker?.send(JSON.stringify({ text })),
    () => {
      for (const client of clients) client.terminate();
      return Promise.resolve();
    },
  );
}
