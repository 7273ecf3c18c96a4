import { GoverseError, type CallOutcome, type Cancellation, type ObjectCall } from '../core/index.js';
import type { Mailbox, TurnMode } from './mailbox.js';
import type { ObjectDefinition } from './object-definition.js';
import { RequestTurn } from './request-turn.js';
import type { TurnRuntime } from './turn-runtime.js';

/** `createObject`: answered as soon as the object is active. */
export class CreateTurn extends RequestTurn {
  /** This request began the activation. */
  created = false;

  /** @param argument for `onActivate`, if this request begins the activation */
  constructor(
    runtime: TurnRuntime,
    call: ObjectCall,
    definition: ObjectDefinition,
    mode: TurnMode,
    readonly argument: unknown,
    signal: Cancellation,
    outcome: CallOutcome,
  ) {
    super(runtime, call, definition, mode, call.deadline, signal, outcome);
  }

  override begin(mailbox: Mailbox): void {
    try {
      this.home?.assertMayRun();
      const payload = this.runtime.codec.encodeResult(this.call.payload, undefined);
      this.succeed({ payload, created: this.created });
    } catch (error) {
      this.fail(GoverseError.from(error));
    }
    this.finish(mailbox, this.runtime.clock.monotonic());
  }

  protected override get name(): string {
    return 'createObject';
  }
}
