import type { Type } from '@nestjs/common';
import type { EnhancedHandler, HandlerBinder, HandlerProtocol, Shortcut } from '../handler-binder.js';
import { STREAM_OPENED } from '../client-streams.js';
import { FrameController } from './frame.controller.js';
import type { FrameHandlers, FrameOutcome } from './frame-handlers.js';
import { isFrameResult } from './frame-handlers.js';
import type { FrameResult } from './server-frame.js';

/** A frame controller with the application's enhancers around it. */
export interface BoundFrames {
  /** To be asked before a stream is taken. */
  readonly connect: EnhancedHandler<typeof STREAM_OPENED>;
  /** The handlers of one stream; `argumentsOf` puts what a handler gets into the order of the protocol. */
  handlers(argumentsOf: (request: object, open: object) => unknown[]): FrameHandlers;
}

export function bindFrames(
  binder: HandlerBinder,
  controller: Type<FrameController>,
  protocols: { readonly stream: HandlerProtocol; readonly frames: HandlerProtocol },
): BoundFrames {
  const bind = (method: 'callObject' | 'createObject' | 'deleteObject') =>
    binder.bind(controller, method, protocols.frames, isFrameResult);
  const verbs = { call: bind('callObject'), create: bind('createObject'), delete: bind('deleteObject') };
  const register = binder.bind(controller, 'register', protocols.frames, isStreamOpened);
  return {
    connect: binder.bind(controller, 'connect', protocols.stream, isStreamOpened),
    handlers: (argumentsOf) => ({
      register: (request, open) => register(...argumentsOf(request, open)),
      execute: (verb, request, open, outcome) => {
        const handler = verbs[verb];
        const { shortcut } = handler;
        if (shortcut?.controller instanceof FrameController) {
          const filtered = new FilteredOutcome(outcome, shortcut, argumentsOf(request, open));
          shortcut.controller.begin(verb, request, open, filtered);
        } else settle(handler(...argumentsOf(request, open)), outcome);
      },
    }),
  };
}

/** An outcome whose errors the application's filters see first. */
class FilteredOutcome implements FrameOutcome {
  constructor(
    private readonly outcome: FrameOutcome,
    private readonly shortcut: Shortcut<FrameResult>,
    private readonly args: unknown[],
  ) {}

  done(result: FrameResult): void {
    this.outcome.done(result);
  }

  failed(error: unknown): void {
    settle(this.shortcut.recover(error, this.args), this.outcome);
  }
}

function settle(result: Promise<FrameResult>, outcome: FrameOutcome): void {
  result.then(
    (value) => outcome.done(value),
    (error: unknown) => outcome.failed(error),
  );
}

function isStreamOpened(value: unknown): value is typeof STREAM_OPENED {
  return value === STREAM_OPENED;
}
