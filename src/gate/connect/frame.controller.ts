import type { CallOutcome, CallResult, CallVerb } from '../../core/index.js';
import { uniqueId } from '../../core/index.js';
import type { ClientCalls } from '../client-calls.js';
import type { ClientRequest } from '../client-request.js';
import { wireBytes } from '../client-result.js';
import type { ClientStreams } from '../client-streams.js';
import { STREAM_OPENED } from '../client-streams.js';
import type { FrameRequest, RegisterFrame } from './client-frame.js';
import type { FrameOutcome } from './frame-handlers.js';
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
    return this.execute('call', request, open);
  }

  async createObject(request: FrameRequest, _context: unknown, open: OpenFrame): Promise<FrameResult> {
    return this.execute('create', request, open);
  }

  async deleteObject(request: FrameRequest, _context: unknown, open: OpenFrame): Promise<FrameResult> {
    return this.execute('delete', request, open);
  }

  /** What the three above do, without a promise. */
  begin(verb: CallVerb, request: FrameRequest, open: OpenFrame, outcome: FrameOutcome): void {
    this.calls.begin(clientRequest(verb, request, open), new FrameCall(verb, request, outcome));
  }

  private async execute(verb: CallVerb, request: FrameRequest, open: OpenFrame): Promise<FrameResult> {
    return frameResult(verb, request, await this.calls.execute(clientRequest(verb, request, open)));
  }
}

/** Makes of the result of a call what stands in a frame. */
class FrameCall implements CallOutcome {
  constructor(
    private readonly verb: CallVerb,
    private readonly request: FrameRequest,
    private readonly outcome: FrameOutcome,
  ) {}

  done(result: CallResult): void {
    let frame: FrameResult;
    try {
      frame = frameResult(this.verb, this.request, result);
    } catch (error) {
      return this.outcome.failed(error);
    }
    this.outcome.done(frame);
  }

  failed(error: unknown): void {
    this.outcome.failed(error);
  }
}

function frameResult(verb: CallVerb, { objectId }: FrameRequest, result: CallResult): FrameResult {
  if (verb === 'call') return { payload: wireBytes(result) };
  return verb === 'create' ? { objectId, created: result.created ?? false } : {};
}

function clientRequest(verb: CallVerb, request: FrameRequest, open: OpenFrame): ClientRequest {
  const { source, payloadKind, cancellation } = open;
  return {
    verb,
    objectId: request.objectId,
    type: request.type || undefined,
    method: request.method,
    payload: { kind: payloadKind, bytes: request.payload },
    callId: uniqueId(),
    timeoutMs: request.timeoutMs,
    source: request.clientId === '' ? source : { ...source, clientId: request.clientId },
    cancellation,
  };
}
