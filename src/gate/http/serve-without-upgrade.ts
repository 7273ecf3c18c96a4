import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Serves a request that asks for an upgrade nobody offers as what it is without it (RFC 9110, 7.8): Node 20 hands every
 * such request to the listener of upgrades as soon as there is one. Clients of HTTP/2 ask like this (`Upgrade: h2c`).
 */
export function serveWithoutUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let n = 0; n < request.rawHeaders.length; n += 2) {
    const [name, value] = request.rawHeaders.slice(n, n + 2) as [string, string];
    if (!/^(upgrade|http2-settings)$/i.test(name)) lines.push(`${name}: ${withoutUpgrade(name, value)}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function withoutUpgrade(name: string, value: string): string {
  if (name.toLowerCase() !== 'connection') return value;
  const kept = value.split(',').filter((token) => !/^\s*(upgrade|http2-settings)\s*$/i.test(token));
  return kept.join(',').trim() || 'keep-alive';
}
