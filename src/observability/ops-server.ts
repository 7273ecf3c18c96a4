import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metric } from './metrics-text.js';
import { loadMetricsText } from './metrics-text.js';

/** Whether a process can serve, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason?: string | undefined;
}

/**
 * The port for operators: `GET /healthz` (200 while the process lives) and `GET /readyz` (200, or 503 with the reason),
 * `GET /metrics` for Prometheus.
 */
export class OpsServer {
  private constructor(
    private readonly server: Server,
    /** The bound `host:port`. */
    readonly address: string,
  ) {}

  /** Listens on `host:port` (port 0 = a free one); rejects naming the address when it cannot. */
  static async start(
    listen: string,
    readiness: () => Readiness,
    metrics: () => readonly Metric[] = () => [],
  ): Promise<OpsServer> {
    const colon = listen.lastIndexOf(':');
    const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
    const text = await loadMetricsText();
    const answer = async (method: string | undefined, url: string | undefined): Promise<Answer> => {
      const path = url?.split('?')[0];
      if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'Only GET is served here' });
      if (path === '/healthz') return json(200, { status: 'alive' });
      const { ready, reason } = readiness();
      if (path === '/metrics')
        return { status: 200, type: text.type, body: await text.of([readyMetric(ready), ...metrics()]) };
      if (path !== '/readyz') return json(404, { error: 'Served here: /healthz, /readyz, /metrics' });
      return ready ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', reason });
    };
    const server = createServer((request, response) => {
      const failed = (error: unknown): Answer => json(500, { error: String(error) });
      void answer(request.method, request.url)
        .catch(failed)
        .then(({ status, type, body }) => {
          response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
        });
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

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function json(status: number, body: object): Answer {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}

function readyMetric(ready: boolean): Metric {
  const help = 'Whether the process serves: 1, or 0.';
  return { name: 'goverse_ready', help, kind: 'gauge', values: [[{}, ready ? 1 : 0]] };
}
