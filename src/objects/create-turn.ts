import { GoverseError, type CallOutcome, type Cancellation, type ObjectCall } from '../core/index.js';
import type { Mailbox, TurnMode } from './mailbox.js';
import type { ObjectDefinition } from './object-definition.js';
import { RequestTurn } from './request-turn.js';
import type { TurnRuntime } from './turn-runtime.js';

/** `createObject`: answered as soon as the object is active. */
export class CreateTurn extends RequestTurn {
  /** This request began the activation. */
  created = false;

  constructor(
    runtime: TurnRuntime,
    facts: {
      readonly call: ObjectCall;
      readonly definition: ObjectDefinition;
      readonly mode: TurnMode;
      readonly argument: unknown;
      readonly signal: Cancellation;
      readonly outcome: CallOutcome;
    },
  ) {
    super(runtime, { ...facts, label: 'createObject', deadline: facts.call.deadline });
    this.argument = facts.argument;
  }

  /** For `onActivate`, if this request begins the activation. */
  readonly argument: unknown;

  override begin(mailbox: Mailbox): void {
    try {
      this.home?.assertMayRun();
      const payload = this.runtime.codec.encodeResult(this.call.payload, undefined);
      this.succeed({ payload, created: this.created });
    } catch (error) {
      this.fail(GoverseError.from(error));
    }
    this.finish(mailbox);
  }

  protected override get name(): string {
    return 'createObject';
  }
}
