import type { CallVerb } from '../../core/index.js';
import type { STREAM_OPENED } from '../client-streams.js';
import type { FrameRequest, RegisterFrame } from './client-frame.js';
import type { OpenFrame, OpenRegistration } from './open-frame.js';
import type { FrameResult } from './server-frame.js';

/** The frame controller of a protocol with the application's enhancers around it, for one stream. */
export interface FrameHandlers {
  register(request: RegisterFrame, open: OpenRegistration): Promise<typeof STREAM_OPENED>;
  /** The outcome may come before it returns. */
  execute(verb: CallVerb, request: FrameRequest, open: OpenFrame, outcome: FrameOutcome): void;
}

/** Takes what a request has come to: exactly one of both is called, once. */
export interface FrameOutcome {
  done(result: FrameResult): void;
  failed(error: unknown): void;
}

export function isFrameResult(value: unknown): value is FrameResult {
  if (typeof value !== 'object' || value === null) return false;
  const { payload, objectId } = value as FrameResult;
  return (
    (payload === undefined || payload instanceof Uint8Array) && (objectId === undefined || typeof objectId === 'string')
  );
}
