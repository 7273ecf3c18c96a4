import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Whether a process can serve, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason?: string | undefined;
}

/**
 * The port for operators: `GET /healthz` (200 while the process lives) and `GET /readyz` (200, or 503 with the reason).
 */
export class OpsServer {
  private constructor(
    private readonly server: Server,
    /** The bound `host:port`. */
    readonly address: string,
  ) {}

  /** Listens on `host:port` (port 0 = a free one); rejects naming the address when it cannot. */
  static start(listen: string, readiness: () => Readiness): Promise<OpsServer> {
    const colon = listen.lastIndexOf(':');
    const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
    const server = createServer((request, response) => {
      const [status, body] = answer(request.method, request.url, readiness);
      response
        .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(body));
    });
    return new Promise((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new Error(`Cannot listen on opsListen ${listen}: ${cause.message}`, { cause })),
      );
      server.listen(Number(listen.slice(colon + 1)), host, () => {
        resolve(new OpsServer(server, `${listen.slice(0, colon)}:${(server.address() as AddressInfo).port}`));
      });
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

function answer(method: string | undefined, url: string | undefined, readiness: () => Readiness): [number, unknown] {
  const path = url?.split('?')[0];
  if (method !== 'GET' && method !== 'HEAD') return [405, { error: 'Only GET is served here' }];
  if (path === '/healthz') return [200, { status: 'alive' }];
  if (path !== '/readyz') return [404, { error: 'Served here: /healthz, /readyz' }];
  const { ready, reason } = readiness();
  return ready ? [200, { status: 'ready' }] : [503, { status: 'not ready', reason }];
}
