import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metric } from './metrics-text.js';
import { METRICS_TYPE, metricsText } from './metrics-text.js';

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
  static start(
    listen: string,
    readiness: () => Readiness,
    metrics: () => readonly Metric[] = () => [],
  ): Promise<OpsServer> {
    const colon = listen.lastIndexOf(':');
    const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
    const server = createServer((request, response) => {
      const [status, body] = answer(request.method, request.url, readiness, metrics);
      const [type, text] = typeof body === 'string' ? [METRICS_TYPE, body] : ['application/json', JSON.stringify(body)];
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
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

/** A text is metrics. */
function answer(
  method: string | undefined,
  url: string | undefined,
  readiness: () => Readiness,
  metrics: () => readonly Metric[],
): [status: number, body: object | string] {
  const path = url?.split('?')[0];
  if (method !== 'GET' && method !== 'HEAD') return [405, { error: 'Only GET is served here' }];
  if (path === '/healthz') return [200, { status: 'alive' }];
  const { ready, reason } = readiness();
  if (path === '/metrics') return [200, metricsText([readyMetric(ready), ...metrics()])];
  if (path !== '/readyz') return [404, { error: 'Served here: /healthz, /readyz, /metrics' }];
  return ready ? [200, { status: 'ready' }] : [503, { status: 'not ready', reason }];
}

function readyMetric(ready: boolean): Metric {
  const help = 'Whether the process serves: 1, or 0.';
  return { name: 'goverse_ready', help, kind: 'gauge', values: [[{}, ready ? 1 : 0]] };
}
