import { peerPackage } from './peer-package.js';

/** The part of `ws` that is used. */
export interface WebSocket {
  send(text: string): void;
  terminate(): void;
  once(event: 'open', listener: () => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'message', listener: (data: Buffer) => void): unknown;
}

interface Ws {
  readonly WebSocket: new (url: string, protocols: string[], options: object) => WebSocket;
  readonly WebSocketServer: new (options: object) => {
    readonly clients: Set<WebSocket>;
    on(event: 'connection', listener: (socket: WebSocket) => void): unknown;
    on(event: 'listening', listener: () => void): unknown;
    address(): { port: number };
  };
}

/** The pinned `ws`. */
export const ws = peerPackage<Ws>('ws');

/** A connected WebSocket without compression. */
export async function openWebSocket(url: string, protocols: string[] = []): Promise<WebSocket> {
  const socket = new ws.WebSocket(url, protocols, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}
