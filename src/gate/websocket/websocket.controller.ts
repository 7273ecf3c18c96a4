import { Controller } from '@nestjs/common';
import { ClientCalls } from '../client-calls.js';
import { ClientStreams } from '../client-streams.js';
import { FrameController } from '../connect/frame.controller.js';

/** `GET /v1/connect`: the upgrade in an `http` context, the frames in a `ws` context (websocket-protocol.ts). */
@Controller()
export class WebSocketController extends FrameController {
  constructor(calls: ClientCalls, streams: ClientStreams) {
    super(calls, streams);
  }
}
