import type { CallOutcome, CallResult, ObjectCall } from '../core/index.js';
import { GoverseError } from '../core/index.js';
import type { CallEvent } from '../observability/index.js';
import { callEvents } from '../observability/index.js';

/** Tells whoever listens how a call ends. */
export class WatchedCall implements CallOutcome {
  constructor(
    private readonly call: ObjectCall,
    private readonly told: CallOutcome,
  ) {}

  done(result: CallResult): void {
    this.tell('answered');
    this.told.done(result);
  }

  failed(thrown: unknown): void {
    const error = GoverseError.from(thrown);
    this.tell(error.retryable ? 'refused' : 'failed', error.reason);
    this.told.failed(thrown);
  }

  private tell(outcome: CallEvent['outcome'], reason?: string): void {
    const { callId, verb, objectId, method, isFromClient } = this.call;
    callEvents.publish({ callId, verb, objectId, method, isFromClient, outcome, reason });
  }
}
