import { goverseError, parseObjectId, type CallOutcome, type Cancellation, type ObjectCall } from '../core/index.js';
import { assertOpenToClient } from './client-access.js';
import type { Activation } from './activation.js';
import { CallTurn } from './call-turn.js';
import { CreateTurn } from './create-turn.js';
import { DeleteTurn } from './delete-turn.js';
import type { ObjectDefinition } from './object-definition.js';
import type { ObjectRegistry } from './object-registry.js';
import type { RequestTurn } from './request-turn.js';
import type { TurnRuntime } from './turn-runtime.js';

/** Makes requests of calls; what is wrong with a call is found out here, before it waits for anything. */
export class RequestFactory {
  constructor(
    private readonly runtime: TurnRuntime,
    private readonly registry: ObjectRegistry,
    private readonly shards: number,
  ) {}

  /**
   * @param current the activation of the object, if there is one
   */
  make(call: ObjectCall, signal: Cancellation, outcome: CallOutcome, current: Activation | undefined): RequestTurn {
    this.assertInTime(call, signal);
    const definition = this.definitionOf(call, current);
    if (call.isFromClient) assertOpenToClient(call, definition);
    if (call.verb === 'call') return CallTurn.of(this.runtime, call, definition, signal, outcome);
    if (call.verb === 'delete') return new DeleteTurn(this.runtime, call, definition, signal, outcome);
    // Behind a deletion it is to make the next one, not to be told that this one is there.
    const mode = current?.deletionWaits ? 'exclusive' : 'interleave';
    const argument = this.runtime.codec.decodeArgument(call.payload);
    return new CreateTurn(this.runtime, call, definition, mode, argument, signal, outcome);
  }

  private assertInTime(call: ObjectCall, signal: Cancellation): void {
    if (!signal.aborted && call.deadline > this.runtime.clock.now()) return;
    const what = `${call.objectId}.${call.method || `${call.verb}Object`}`;
    if (signal.aborted) throw goverseError('CANCELLED', `${what} was cancelled by its caller; nothing was executed`);
    throw goverseError('DEADLINE_EXCEEDED', `The deadline of ${what} had passed when it arrived; nothing was executed`);
  }

  private definitionOf(call: ObjectCall, current: Activation | undefined): ObjectDefinition {
    // Most calls repeat what began the activation: then nothing is parsed.
    if (current !== undefined && (call.type || current.impliedType) === current.type) return current.definition;
    const { type } = parseObjectId(call.objectId, this.shards, call.type);
    return call.isFromClient ? this.definitionForClient(type) : this.registry.get(type);
  }

  /** Clients are not told what else there is. */
  private definitionForClient(type: string): ObjectDefinition {
    const found = this.registry.find(type);
    if (found) return found;
    throw goverseError('UNKNOWN_TYPE', `There is no object type ${type}`);
  }
}
