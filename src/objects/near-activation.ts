import { GoverseError, type CallOutcome, type Cancellation, type NearObject, type ObjectCall } from '../core/index.js';
import type { Activation } from './activation.js';
import { assertOpenToClient } from './client-access.js';
import { CallTurn } from './call-turn.js';
import type { TurnRuntime } from './turn-runtime.js';

/** An activation for callers of its own process: type and place of its object are settled, so a call begins with its turn. */
export class NearActivation implements NearObject {
  constructor(
    private readonly runtime: TurnRuntime,
    private readonly activation: Activation,
  ) {}

  get type(): string {
    return this.activation.definition.type;
  }

  get immutable(): boolean {
    return this.activation.definition.options.immutable;
  }

  isIdempotent(method: string): boolean {
    return this.activation.definition.methods.get(method)?.options.idempotent ?? false;
  }

  begin(call: ObjectCall, signal: Cancellation, outcome: CallOutcome): void {
    const { activation, runtime } = this;
    let turn: CallTurn;
    try {
      if (call.isFromClient) assertOpenToClient(call, activation.definition);
      turn = CallTurn.of(runtime, call, activation.definition, signal, outcome);
    } catch (error) {
      return outcome.failed(GoverseError.from(error));
    }
    try {
      activation.accept(turn);
    } catch (error) {
      turn.fail(GoverseError.from(error));
    }
    turn.acceptOneWay();
    turn.watch();
  }
}
