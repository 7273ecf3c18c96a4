import { goverseError, type GoverseError } from '../core/index.js';
import type { DeactivationReason } from '../decorators/index.js';

/** Reasons for which an object goes without a next activation here. */
export type LeavingReason = 'moved' | 'fenced' | 'shutdown';

const REFUSALS = {
  moved: ['NOT_OWNER', 'moves to another node'],
  fenced: ['FENCED', 'is on a node that lost its place in the cluster'],
  shutdown: ['NOT_READY', 'is on a node that stops'],
} as const;

/** What a request hears that comes to an object that leaves for this reason. */
export function refusalFor(reason: LeavingReason, objectId: string): GoverseError;
export function refusalFor(reason: DeactivationReason | undefined, objectId: string): GoverseError | undefined;
export function refusalFor(reason: DeactivationReason | undefined, objectId: string): GoverseError | undefined {
  if (reason !== 'moved' && reason !== 'fenced' && reason !== 'shutdown') return undefined;
  const [code, what] = REFUSALS[reason];
  return goverseError(code, `${objectId} ${what}; nothing was executed`);
}
