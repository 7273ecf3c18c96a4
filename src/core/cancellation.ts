import { setMaxListeners } from 'node:events';

/**
 * The part of an `AbortSignal` that the framework uses on its way from the caller to the turn. An `AbortSignal` is one;
 * where nobody's code sees it, something cheaper takes its place.
 */
export interface Cancellation {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Lets very many listen to a signal that calls share; that is no leak. */
export function allowManyListeners(cancellation: Cancellation): void {
  if (cancellation instanceof AbortSignal) setMaxListeners(0, cancellation);
}
