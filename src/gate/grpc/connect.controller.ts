import { Controller } from '@nestjs/common';
import { ClientCalls } from '../client-calls.js';
import { ClientStreams } from '../client-streams.js';
import { FrameController } from '../connect/frame.controller.js';

/**
 * `Connect` of `goverse.client.ClientService`: handlers in an `rpc` context of the frame's request and the metadata of the
 * stream.
 */
@Controller()
export class ConnectController extends FrameController {
  constructor(calls: ClientCalls, streams: ClientStreams) {
    super(calls, streams);
  }
}
