import type { AddressInfo, Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../core/index.js';
import type { TlsMaterial } from '../../config/index.js';
import { FASTIFY_OPTIONS } from './fastify-options.js';
import type { ConnectionsPerIp } from '../limits/connections-per-ip.js';
import { limitHttp } from './http-limits.js';
import type { HttpLimits } from './http-limits.js';
import { HttpConnections } from './http-connections.js';

export interface HttpServerOptions {
  readonly clock: Clock;
  /** Default: no TLS. */
  readonly tls?: TlsMaterial | undefined;
  readonly limits: HttpLimits;
  readonly connectionsPerIp: ConnectionsPerIp;
}

/** An HTTP server of the gate itself. */
export class HttpServer {
  private constructor(
    /** `host:port`, with the real port. */
    readonly address: string,
    private readonly app: FastifyInstance,
    private readonly connections: HttpConnections,
    private readonly clock: Clock,
  ) {}

  /** Resolves when it listens on `host:port` (port 0: a free one). */
  static async start(
    listen: string,
    face: (app: FastifyInstance) => Promise<void>,
    { clock, tls, limits, connectionsPerIp }: HttpServerOptions,
  ): Promise<HttpServer> {
    // A process without it, as most nodes are, starts sooner.
    const { fastify } = await import('fastify');
    const app = fastify(FASTIFY_OPTIONS);
    const connections = new HttpConnections(app);
    if (tls) connections.secure(tls);
    connections.limit(connectionsPerIp);
    limitHttp(app.server, limits);
    await app.register(face);
    const { host, port } = hostAndPort(listen);
    try {
      await app.listen({ host, port });
    } catch (cause) {
      throw new Error(`Cannot listen for HTTP on ${listen}: ${(cause as Error).message}`, { cause });
    }
    return new HttpServer(boundAddress(app.server, listen), app, connections, clock);
  }

  /** Takes no more connections, waits up to `deadlineMs` for what runs, then cuts the rest. */
  async close(deadlineMs: number): Promise<void> {
    const timer = this.clock.setTimeout(() => this.connections.cut(), deadlineMs);
    this.connections.end();
    try {
      await this.app.close();
    } finally {
      this.clock.clearTimeout(timer);
    }
  }
}

/** `host:port` as `listen` wants it; IPv6 hosts stand in brackets. */
export function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

/** The configured host with the port that was really bound. */
export function boundAddress(server: Server, listen: string): string {
  const { port } = server.address() as AddressInfo;
  return `${listen.slice(0, listen.lastIndexOf(':'))}:${port}`;
}
