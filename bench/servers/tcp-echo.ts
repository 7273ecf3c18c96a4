import { createServer, type AddressInfo } from 'node:net';

/** Bare TCP: what comes in goes out, the limit of this runtime. */
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`ready 127.0.0.1:${(server.address() as AddressInfo).port}`);
});
