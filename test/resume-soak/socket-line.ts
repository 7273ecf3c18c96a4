import { WebSocket } from 'ws';
import type { OpenLine } from './line.js';

interface ServerFrame {
  readonly registered?: { readonly clientId: string; readonly token: string; readonly resumed?: boolean };
  readonly push?: { readonly pushSeq: number; readonly message: { readonly data: { readonly n: number } } };
}

/** `GET /v1/connect`: a WebSocket with plain values. */
export const openSocketLine: OpenLine = ({ http }, { token, received }, listener) => {
  const socket = new WebSocket(`ws://${http}/v1/connect`, ['goverse.json']);
  socket.on('open', () => socket.send(JSON.stringify({ seq: 1, register: { resumeToken: token, received } })));
  socket.on('message', (bytes: Buffer) => {
    const { registered, push } = JSON.parse(bytes.toString()) as ServerFrame;
    if (registered) listener.registered(registered.clientId, registered.token, registered.resumed === true);
    if (push) listener.pushed(push.message.data.n, push.pushSeq);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => listener.ended());
  return { cut: () => socket.terminate() };
};
