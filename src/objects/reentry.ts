import type { ObjectDefinition } from './object-definition.js';
import type { Mailbox, TurnMode } from './mailbox.js';
import type { RequestTurn } from './request-turn.js';
import { DeleteTurn } from './delete-turn.js';

/**
 * How a request stands to the turns of its object that wait for it.
 *
 * - `outside`: none waits for it; it takes its turn.
 * - `inside`: it runs at once, inside or beside the waiting turn.
 * - `inner`: the waiting turn lets it run beside itself, so it waits for other turns only.
 * - `cycle`: it could only run after a turn that waits for it.
 */
export type Reentry = 'outside' | 'inside' | 'inner' | 'cycle';

/** Where the turns of an activation are. */
export interface RunningTurns {
  readonly id: string;
  readonly definition: ObjectDefinition;
  readonly mailbox: Mailbox;
  /** Turn id of the hook that runs. */
  readonly hookId: string | undefined;
  /** False while the constructor runs. */
  readonly constructed: boolean;
}

/** The right to re-enter ends with the waiting turn: a link of the chain whose turn has ended counts for nothing. */
export function reentryOf(request: RequestTurn, object: RunningTurns): Reentry {
  if (request.call.chain.length === 0) return 'outside';
  let reentry: Reentry = 'outside';
  for (const link of request.waitingChain) {
    if (link.objectId !== object.id) continue;
    const outer = modeOf(link.turnId, object);
    if (outer === undefined) continue;
    const found = against(outer, request, object);
    if (found === 'cycle') return 'cycle';
    if (reentry !== 'inside') reentry = found;
  }
  return reentry;
}

function modeOf(turnId: string, object: RunningTurns): TurnMode | undefined {
  if (turnId === object.hookId) return 'exclusive';
  return object.mailbox.findRunning(turnId)?.mode;
}

function against(outer: TurnMode, request: RequestTurn, object: RunningTurns): Reentry {
  // The end of the object waits for every turn.
  if (request instanceof DeleteTurn || !object.constructed) return 'cycle';
  if (request.mode === 'interleave' || object.definition.options.reentrancy === 'call-chain') return 'inside';
  if (outer === 'readOnly' && request.mode === 'readOnly') return 'inside';
  return outer === 'interleave' ? 'inner' : 'cycle';
}
