import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Readiness } from '../../observability/index.js';

/** `GET /healthz` and `GET /readyz`; a route the application has itself is left alone. */
export function addHealthRoutes(app: FastifyInstance, readiness: () => Readiness): void {
  route(app, '/healthz', () => ({ status: 'alive' }));
  route(app, '/readyz', (reply) => {
    const { ready, reason } = readiness();
    if (ready) return { status: 'ready' };
    reply.code(503).header('retry-after', '1');
    return { status: 'not ready', reason };
  });
}

function route(app: FastifyInstance, url: string, answer: (reply: FastifyReply) => object): void {
  if (app.hasRoute({ method: 'GET', url })) return;
  app.get(url, async (_request, reply) => {
    const body = answer(reply);
    return reply
      .header('cache-control', 'no-store')
      .type('application/json')
      .send(Buffer.from(JSON.stringify(body)));
  });
}
