import type { Socket } from 'node:net';

type Listener = (this: Socket, ...args: unknown[]) => void;

const EVENTS = ['data', 'end', 'close', 'drain', 'error', 'timeout'] as const;

/** What Node's HTTP server listens to on one of its connections. */
export class HttpListeners {
  private readonly added: readonly (readonly [event: string, listener: Listener])[];

  /** Hands a new connection to HTTP. */
  constructor(
    private readonly socket: Socket,
    begin: (socket: Socket) => void,
  ) {
    const before = EVENTS.map((event) => new Set(socket.rawListeners(event)));
    begin(socket);
    this.added = EVENTS.flatMap((event, i) =>
      (socket.rawListeners(event) as Listener[])
        .filter((listener) => !before[i]?.has(listener))
        .map((listener) => [event, listener] as const),
    );
  }

  /**
   * Takes the connection back: for HTTP it has closed, so that Node lets go of its parser and its request, while the socket
   * goes on. Node does the same for a connection that is upgraded. The request must have been read to its end, and its
   * response detached. Source: nodejs/node, lib/_http_server.js, socketOnClose.
   */
  close(): void {
    for (const [event, listener] of this.added) this.socket.removeListener(event, listener);
    for (const [event, listener] of this.added) if (event === 'close') listener.call(this.socket, false);
  }
}
