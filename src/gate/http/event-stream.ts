import type { FastifyRequest } from 'fastify';
import type { ClientStreams, ResumeRequest } from '../client-streams.js';
import type { Heartbeats } from './heartbeats.js';
import type { HttpExchange } from './http-exchange.js';
import { httpSource } from './http-source.js';
import type { SseSink } from './sse-sink.js';

/** What tells caches and proxies to let events through at once. */
const SSE_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'keep-alive',
};

/** Registers the client at the other end of a request (without `resume` it cannot come back); its response is the event stream `sink` writes from then on. */
export async function openEventStream(
  streams: ClientStreams,
  heartbeats: Heartbeats,
  sink: SseSink,
  request: FastifyRequest,
  exchange: HttpExchange,
  resume?: ResumeRequest,
): Promise<void> {
  const { reply, cancellation } = exchange;
  const response = reply.raw;
  const ended = cancellation.signal;
  const client = await streams.open({ source: httpSource(request, 'sse'), sink, ended, resume });
  exchange.streaming = true;
  reply.hijack();
  response.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...SSE_HEADERS });
  response.on('drain', () => {
    sink.drained();
    client.drained(sink);
  });
  // Written in the same tick as the registration: no push can come before it.
  const { id: clientId, token, resumed } = client;
  if (!resume || resume.token === '') sink.event('register', { clientId, token });
  // The browser's Last-Event-ID must not outlive the numbers it is from.
  else sink.event('register', { clientId, token, resumed }, resumed ? undefined : 0);
  heartbeats.beat(sink, ended);
}
