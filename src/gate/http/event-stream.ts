import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import type { ClientProxy } from '../client-proxy.js';
import type { ClientStreams, ResumeRequest } from '../client-streams.js';
import type { EventOutlet } from './event-outlet.js';
import type { Heartbeats } from './heartbeats.js';
import { connectionsOf } from './http-connections.js';
import type { HttpExchange } from './http-exchange.js';
import { abortOnClose } from './http-exchange.js';
import { httpSource } from './http-source.js';
import type { SseSink } from './sse-sink.js';

/** What tells caches and proxies to let events through at once. */
const SSE_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'keep-alive',
};

/** Registers the client at the other end of a request (without `resume` it cannot come back); `sink` writes to it from then on. */
export async function openEventStream(
  streams: ClientStreams,
  heartbeats: Heartbeats,
  sink: SseSink,
  request: FastifyRequest,
  exchange: HttpExchange,
  resume?: ResumeRequest,
): Promise<void> {
  const { reply, cancellation: ended } = exchange;
  const response = reply.raw;
  await readToEnd(request.raw);
  const client = await streams.open({ source: httpSource(request, 'sse'), sink, ended, resume });
  reply.hijack();
  response.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...SSE_HEADERS });
  response.flushHeaders();
  const longer = connectionsOf(request.server)?.outlive(response);
  if (longer) {
    sink.goOnOver(longer);
    abortOnClose(longer, ended);
  }
  exchange.stream = longer ?? response;
  goOnWhenDrained(exchange.stream, sink, client);
  // Written in the same tick as the registration: no push can come before it.
  const { id: clientId, token, resumed } = client;
  if (!resume || resume.token === '') sink.event('register', { clientId, token });
  // The browser's Last-Event-ID must not outlive the numbers it is from.
  else sink.event('register', { clientId, token, resumed }, resumed ? undefined : 0);
  heartbeats.beat(sink, ended);
}

/** A request that is whole has nothing left to read, but Node does not know before somebody has looked. */
async function readToEnd(request: IncomingMessage): Promise<void> {
  if (!request.complete) return;
  request.resume();
  // Whoever has left meanwhile is not registered.
  await finished(request).catch(() => {});
}

/** In a function of its own: what lives as long as the stream must not keep its request. */
function goOnWhenDrained(outlet: EventOutlet, sink: SseSink, client: ClientProxy): void {
  outlet.on('drain', () => {
    sink.drained();
    client.drained(sink);
  });
}
