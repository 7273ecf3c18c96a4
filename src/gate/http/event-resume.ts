import type { FastifyRequest } from 'fastify';
import type { ResumeRequest } from '../client-streams.js';
import { header } from './http-source.js';

/** Less than any number of a push: nobody can go on from there. */
const UNREADABLE = -1;

/**
 * What a request for events says about the stream before: `?token=` (or the header `X-Client-Token`) and
 * `Last-Event-ID`, which a page that opens a new EventSource gives as `?lastEventId=`.
 */
export function eventResume(request: FastifyRequest): ResumeRequest {
  const query = request.query as Record<string, unknown>;
  const token = text(query['token']) ?? header(request, 'x-client-token') ?? '';
  const last = header(request, 'last-event-id') ?? text(query['lastEventId']) ?? '0';
  return { token, received: /^\d{1,15}$/.test(last) ? Number(last) : UNREADABLE };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
