import type { Socket } from 'node:net';
import type { Clock } from '../core/index.js';
import { FrameSocket } from './frame-socket.js';
import { preface } from './link-preface.js';

/** A peer that just answered on the same port answers soon, or something between lets nothing but HTTP/2 through. */
export const SOCKET_TIMEOUT_MS = 1_000;

export interface LinkSocketDial {
  /** Opens a connection to the peer. */
  readonly connect: () => Promise<Socket>;
  readonly ticket: string;
  readonly clock: Clock;
  readonly maxFrameBytes: number;
  readonly timeoutMs: number;
}

/**
 * Opens the socket that a ticket promises. Resolves when the peer has welcomed it; to undefined, in bounded time, when
 * there is none to be had. Never rejects.
 */
export function dialLinkSocket({
  connect,
  ticket,
  clock,
  maxFrameBytes,
  timeoutMs,
}: LinkSocketDial): Promise<FrameSocket | undefined> {
  return new Promise((resolve) => {
    let opened: Socket | undefined;
    let over = false;
    const end = (socket?: FrameSocket) => {
      if (over) return;
      over = true;
      clock.clearTimeout(timer);
      if (!socket) opened?.destroy();
      resolve(socket);
    };
    const timer = clock.setTimeout(() => end(), timeoutMs);
    const connecting = async () => connect();
    connecting().then(
      (socket) => {
        opened = socket;
        // Errors of a socket that nobody wants any more.
        socket.on('error', () => end());
        if (over) return void socket.destroy();
        const frames = new FrameSocket(socket, maxFrameBytes);
        const welcome = () => end(frames);
        frames.once('data', welcome);
        for (const event of ['error', 'end', 'close']) frames.once(event, () => end());
        socket.write(preface(ticket));
      },
      () => end(),
    );
  });
}
