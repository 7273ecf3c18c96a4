import { ws } from '../web-socket.js';

/** Bare WebSockets: what one client says goes to all. */
const server = new ws.WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const { text } = JSON.parse(data.toString()) as { text: string };
    const message = JSON.stringify({ type: 'Said', data: { text } });
    for (const client of server.clients) client.send(message);
  });
});
server.on('listening', () => console.log(`ready 127.0.0.1:${server.address().port}`));
