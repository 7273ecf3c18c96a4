import { Controller } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientStreams, STREAM_OPENED } from '../client-streams.js';
import { GateHandler } from '../gate-handler.js';
import type { QueuedPush } from '../push-sink.js';
import { openEventStream } from '../http/event-stream.js';
import { Heartbeats } from '../http/heartbeats.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { SseSink } from '../http/sse-sink.js';

/** `GET /api/v1/events/stream`: pushes as base64 of a serialised Any (wire.md, "HTTP"). */
@Controller()
export class CompatibleEventsController {
  constructor(
    private readonly streams: ClientStreams,
    private readonly heartbeats: Heartbeats,
  ) {}

  @GateHandler('events')
  async events(_body: unknown, request: FastifyRequest, exchange: HttpExchange): Promise<typeof STREAM_OPENED> {
    // Without ids: clients of this stream know no line but `event` and `data`.
    const sink = new SseSink(exchange.reply.raw, plainEvent);
    await openEventStream(this.streams, this.heartbeats, sink, request, exchange);
    return STREAM_OPENED;
  }
}

function plainEvent({ message }: QueuedPush): Buffer[] {
  return [message.compatibleSseEvent];
}
