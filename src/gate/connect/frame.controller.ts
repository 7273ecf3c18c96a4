import type { CallResult, CallVerb } from '../../core/index.js';
import { uniqueId } from '../../core/index.js';
import type { ClientCalls } from '../client-calls.js';
import { wireBytes } from '../client-result.js';
import type { ClientStreams } from '../client-streams.js';
import { STREAM_OPENED } from '../client-streams.js';
import type { FrameRequest, RegisterFrame } from './client-frame.js';
import type { OpenFrame, OpenRegistration } from './open-frame.js';
import type { FrameResult } from './server-frame.js';

/**
 * What the frames of a stream do. Each protocol has a controller of its own, so that the application's guards,
 * interceptors, pipes and filters run around every frame as they do around a single call.
 */
export abstract class FrameController {
  constructor(
    private readonly calls: ClientCalls,
    private readonly streams: ClientStreams,
  ) {}

  /** The stream itself; what comes on it is handled below. */
  async connect(): Promise<typeof STREAM_OPENED> {
    return STREAM_OPENED;
  }

  async register(
    { resumeToken: token, received }: RegisterFrame,
    _context: unknown,
    { source, sink, ended, registered }: OpenRegistration,
  ): Promise<typeof STREAM_OPENED> {
    registered(await this.streams.open({ source, sink, ended, resume: { token, received } }));
    return STREAM_OPENED;
  }

  async callObject(request: FrameRequest, _context: unknown, open: OpenFrame): Promise<FrameResult> {
    return { payload: wireBytes(await this.execute('call', request, open)) };
  }

  async createObject(request: FrameRequest, _context: unknown, open: OpenFrame): Promise<FrameResult> {
    const { created = false } = await this.execute('create', request, open);
    return { objectId: request.objectId, created };
  }

  async deleteObject(request: FrameRequest, _context: unknown, open: OpenFrame): Promise<FrameResult> {
    await this.execute('delete', request, open);
    return {};
  }

  private execute(verb: CallVerb, request: FrameRequest, open: OpenFrame): Promise<CallResult> {
    const { source, payloadKind, cancellation } = open;
    return this.calls.execute({
      verb,
      objectId: request.objectId,
      type: request.type || undefined,
      method: request.method,
      payload: { kind: payloadKind, bytes: request.payload },
      callId: uniqueId(),
      timeoutMs: request.timeoutMs,
      source: request.clientId === '' ? source : { ...source, clientId: request.clientId },
      cancellation,
    });
  }
}
