import { GoverseError, type CallOutcome, type Cancellation, type ObjectCall } from '../core/index.js';
import type { Activation } from './activation.js';
import { CallTurn } from './call-turn.js';
import { assertOpenToClient } from './client-access.js';
import type { TurnRuntime } from './turn-runtime.js';

/** Begins a call at an activation: type and place of its object are settled, so the call begins with its turn. */
export function beginCallAt(
  activation: Activation,
  runtime: TurnRuntime,
  call: ObjectCall,
  signal: Cancellation,
  outcome: CallOutcome,
): void {
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
