import { setMaxListeners } from 'node:events';

/**
 * The signal of calls nobody can cancel. Shared by all of them, so nobody should listen to it: adding a listener to an
 * AbortSignal takes time in proportion to those it has.
 */
export const NEVER: AbortSignal = new AbortController().signal;
setMaxListeners(0, NEVER);
