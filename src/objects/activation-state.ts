import type { DeactivationReason } from '../decorators/index.js';

/**
 * Where an activation stands.
 *
 * ```
 * activating --activated--> active --close--> closing --idle--> deactivating --deactivated--> leaving --idle--> ended
 *     |  \--close (remembered until activated)                                                   ^
 *     \----failed-------------------------------------------------------------------------------/
 * ```
 */
export type ActivationState =
  /** The constructor or `onActivate` runs; calls wait. */
  | { readonly phase: 'activating'; readonly reason?: DeactivationReason }
  | { readonly phase: 'active' }
  /** Running turns finish; calls that arrive wait for the next activation. */
  | { readonly phase: 'closing'; readonly reason: DeactivationReason }
  /** `onDeactivate` runs. */
  | { readonly phase: 'deactivating'; readonly reason: DeactivationReason }
  /** The hooks are through; turns they began without waiting for them finish. */
  | { readonly phase: 'leaving'; readonly reason?: DeactivationReason }
  | { readonly phase: 'ended' };

export type ActivationEvent =
  | { readonly type: 'activated' | 'failed' | 'idle' | 'deactivated' }
  | { readonly type: 'close'; readonly reason: DeactivationReason };

export const ACTIVATING: ActivationState = { phase: 'activating' };
const ACTIVE: ActivationState = { phase: 'active' };
const ENDED: ActivationState = { phase: 'ended' };

/** The next state; an event that means nothing in a state leaves it. */
export function transition(state: ActivationState, event: ActivationEvent): ActivationState {
  switch (state.phase) {
    case 'activating':
      if (event.type === 'activated') return state.reason ? { phase: 'closing', reason: state.reason } : ACTIVE;
      if (event.type === 'failed') return { phase: 'leaving', ...(state.reason && { reason: state.reason }) };
      return event.type === 'close' ? { ...state, reason: stronger(state.reason, event.reason) } : state;
    case 'active':
      return event.type === 'close' ? { phase: 'closing', reason: event.reason } : state;
    case 'closing':
      if (event.type === 'idle') return { phase: 'deactivating', reason: state.reason };
      return event.type === 'close' ? { ...state, reason: stronger(state.reason, event.reason) } : state;
    case 'deactivating':
      return event.type === 'deactivated' ? { phase: 'leaving', reason: state.reason } : state;
    case 'leaving':
      return event.type === 'idle' ? ENDED : state;
    case 'ended':
      return state;
  }
}

/** Losing the object outweighs what was going to happen to it anyway; the first of equals stays. */
function stronger(first: DeactivationReason | undefined, second: DeactivationReason): DeactivationReason {
  if (first === undefined || second === 'fenced') return second;
  return first === 'idle' ? second : first;
}
