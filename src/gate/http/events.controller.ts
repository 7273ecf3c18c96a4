import { Controller } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientStreams, STREAM_OPENED } from '../client-streams.js';
import { GateHandler } from '../gate-handler.js';
import type { QueuedPush } from '../push-sink.js';
import { openEventStream } from './event-stream.js';
import { eventResume } from './event-resume.js';
import { Heartbeats } from './heartbeats.js';
import type { HttpExchange } from './http-exchange.js';
import { SseSink } from './sse-sink.js';

/** `GET /v1/events`: pushes as server-sent events (wire.md, "HTTP"). */
@Controller()
export class EventsController {
  constructor(
    private readonly streams: ClientStreams,
    private readonly heartbeats: Heartbeats,
  ) {}

  @GateHandler('events')
  async events(_body: unknown, request: FastifyRequest, exchange: HttpExchange): Promise<typeof STREAM_OPENED> {
    const sink = new SseSink(exchange.reply.raw, numberedEvent, true);
    await openEventStream(this.streams, this.heartbeats, sink, request, exchange, eventResume(request));
    return STREAM_OPENED;
  }
}

function numberedEvent({ seq, message }: QueuedPush): Buffer[] {
  return [Buffer.from(`id: ${seq}\n`), message.sseEvent];
}
