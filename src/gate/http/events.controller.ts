import { Controller } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientStreams, STREAM_OPENED } from '../client-streams.js';
import { GateHandler } from '../gate-handler.js';
import { Heartbeats } from './heartbeats.js';
import type { HttpExchange } from './http-exchange.js';
import { httpSource } from './http-source.js';
import { SseSink } from './sse-sink.js';

/** What tells caches and proxies to let events through at once. */
const SSE_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'keep-alive',
};

/** `GET /v1/events`: pushes as server-sent events (wire.md, "HTTP"). */
@Controller()
export class EventsController {
  constructor(
    private readonly streams: ClientStreams,
    private readonly heartbeats: Heartbeats,
  ) {}

  @GateHandler('events')
  async events(_body: unknown, request: FastifyRequest, exchange: HttpExchange): Promise<typeof STREAM_OPENED> {
    const { reply, cancellation } = exchange;
    const response = reply.raw;
    const sink = new SseSink(response);
    const ended = cancellation.signal;
    const client = await this.streams.open({ source: httpSource(request, 'sse'), sink, ended });
    exchange.streaming = true;
    reply.hijack();
    response.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...SSE_HEADERS });
    response.on('drain', () => {
      sink.drained();
      client.drained();
    });
    // Written in the same tick as the registration: no push can come before it.
    sink.event('register', { clientId: client.id, token: client.token });
    this.heartbeats.beat(sink, ended);
    return STREAM_OPENED;
  }
}
