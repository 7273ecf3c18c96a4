import { Audience, forEachListener } from '../audience.js';
import { peerPackage } from '../peer-package.js';
import type { Driver, DriverConfig } from '../sample.js';

interface Socket {
  on(event: string, listener: (message: { text: string }) => void): unknown;
  emit(event: string, message: object): unknown;
  disconnect(): unknown;
}

const { io } = peerPackage<{ io: (url: string, options: object) => Socket }>('socket.io-client');

/** Clients of socket.io on WebSockets, without the detour of polling. */
export async function open({ address = '' }: DriverConfig): Promise<Driver> {
  const audience = new Audience();
  const clients = await forEachListener(async (listener) => {
    const socket = io(`http://${address}`, { transports: ['websocket'], forceNew: true });
    socket.on('said', ({ text }) => audience.heard(listener, text));
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', () => resolve());
      socket.on('connect_error', reject as never);
    });
    return socket;
  });
  const [speaker] = clients;
  return audience.rounds(
    (text) => speaker?.emit('say', { text }),
    () => {
      for (const client of clients) client.disconnect();
      return Promise.resolve();
    },
  );
}
