import { GoverseError, type CallOutcome, type Cancellation, type ObjectCall } from '../core/index.js';
import type { Mailbox } from './mailbox.js';
import type { ObjectDefinition } from './object-definition.js';
import { RequestTurn } from './request-turn.js';
import type { TurnRuntime } from './turn-runtime.js';

/** `deleteObject`: waits for its turn like a call, then ends the activation; answered when it is gone. */
export class DeleteTurn extends RequestTurn {
  constructor(
    runtime: TurnRuntime,
    call: ObjectCall,
    definition: ObjectDefinition,
    signal: Cancellation,
    outcome: CallOutcome,
  ) {
    super(runtime, call, definition, 'exclusive', call.deadline, signal, outcome);
  }

  override begin(mailbox: Mailbox): void {
    const { home } = this;
    try {
      home?.assertMayRun();
    } catch (error) {
      this.fail(GoverseError.from(error));
      return mailbox.ended(this);
    }
    this.started = true;
    home?.deleteFor(this);
    mailbox.ended(this);
  }

  /** The object is not there, or not any more. */
  gone(): void {
    this.succeed({ payload: this.runtime.codec.encodeResult(this.call.payload, undefined) });
  }

  protected override get name(): string {
    return 'deleteObject';
  }
}
