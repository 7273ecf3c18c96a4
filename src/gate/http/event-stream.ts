import type { FastifyRequest } from 'fastify';
import type { ClientStreams } from '../client-streams.js';
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

/** Registers the client at the other end of a request; its response is the event stream `sink` writes from then on. */
export async function openEventStream(
  streams: ClientStreams,
  heartbeats: Heartbeats,
  sink: SseSink,
  request: FastifyRequest,
  exchange: HttpExchange,
): Promise<void> {
  const { reply, cancellation } = exchange;
  const response = reply.raw;
  const ended = cancellation.signal;
  const client = await streams.open({ source: httpSource(request, 'sse'), sink, ended });
  exchange.streaming = true;
  reply.hijack();
  response.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...SSE_HEADERS });
  response.on('drain', () => {
    sink.drained();
    client.drained();
  });
  // Written in the same tick as the registration: no push can come before it.
  sink.event('register', { clientId: client.id, token: client.token });
  heartbeats.beat(sink, ended);
}
