import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Clock, TimerHandle } from '../core/index.js';
import { FrameSocket } from './frame-socket.js';
import { PREFACE_BYTES, beginsLikePreface, newTicket, ticketIn } from './link-preface.js';

/** How long a connection may take to say what it is. */
const PREFACE_TIMEOUT_MS = 2_000;

/** Promise of a socket for one Link. */
export interface SocketTicket {
  readonly text: string;
  /** It is not waited for any more. */
  withdraw(): void;
}

/**
 * The sockets that carry frames of Links, on the port of the gRPC server: a connection that begins with the preface and
 * a ticket is handed to the Link that gave the ticket out, every other one is HTTP/2's as before.
 */
export class LinkSockets {
  private readonly expected = new Map<string, (socket: FrameSocket) => void>();
  private readonly sockets = new Set<Socket>();
  private attached = false;

  constructor(
    private readonly clock: Clock,
    private readonly maxFrameBytes: number,
  ) {}

  /** Looks at the connections of a server before it does. One with TLS keeps them all for itself. */
  attach(server: Http2Server): void {
    const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
    if (server instanceof TlsServer || listeners.length === 0) return;
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      this.look(socket, () => {
        for (const listener of listeners) listener.call(server, socket);
      });
    });
    this.attached = true;
  }

  /** Undefined where no socket can come. */
  expect(arrived: (socket: FrameSocket) => void): SocketTicket | undefined {
    if (!this.attached) return undefined;
    const text = newTicket();
    this.expected.set(text, arrived);
    return { text, withdraw: () => void this.expected.delete(text) };
  }

  /** Cuts every socket that is not HTTP/2's. */
  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private look(socket: Socket, http2: () => void): void {
    let first: Buffer = Buffer.alloc(0);
    let timer: TimerHandle;
    const late = () => {
      // A silent client of HTTP/2 is cut by the keepalive of its server.
      if (first.length === 0) settle(http2);
      else socket.destroy();
    };
    const gone = () => socket.destroy();
    const settle = (then: () => void) => {
      this.clock.clearTimeout(timer);
      this.sockets.delete(socket);
      socket.off('readable', read).off('close', closed).off('error', gone);
      then();
    };
    const closed = () => settle(gone);
    const read = () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
      if (!beginsLikePreface(first)) {
        socket.unshift(first);
        settle(http2);
      } else if (first.length >= PREFACE_BYTES) settle(() => this.admit(socket, first));
    };
    this.sockets.add(socket);
    timer = this.clock.setTimeout(late, PREFACE_TIMEOUT_MS);
    socket.on('readable', read).on('close', closed).on('error', gone).on('end', closed);
  }

  private admit(socket: Socket, first: Buffer): void {
    const ticket = ticketIn(first);
    const arrived = this.expected.get(ticket);
    this.expected.delete(ticket);
    // Nobody is told whether it was a ticket once. The dialler speaks only when it has been welcomed.
    if (!arrived || first.length > PREFACE_BYTES) return void socket.on('error', () => undefined).destroy();
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    arrived(new FrameSocket(socket, this.maxFrameBytes));
  }
}
