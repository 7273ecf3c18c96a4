import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** Opens a connection to `host:port` or `[ipv6]:port`; rejects when there is none to be had. */
export function connectTo(address: string): Promise<Socket> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(address.slice(colon + 1)), noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
