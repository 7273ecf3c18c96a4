import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { peerPackage } from '../peer-package.js';

interface Socket {
  on(event: string, listener: (message: { text: string }) => void): unknown;
}

interface Server {
  on(event: 'connection', listener: (socket: Socket) => void): unknown;
  emit(event: string, message: object): unknown;
}

const { Server: SocketServer } = peerPackage<{ Server: new (http: unknown, options: object) => Server }>('socket.io');

/** socket.io as its documentation shows a chat: what one client says is emitted to all. */
const http = createServer();
const io = new SocketServer(http, {});
io.on('connection', (socket) => {
  socket.on('say', ({ text }) => io.emit('said', { text }));
});
http.listen(0, '127.0.0.1', () => console.log(`ready 127.0.0.1:${(http.address() as AddressInfo).port}`));
