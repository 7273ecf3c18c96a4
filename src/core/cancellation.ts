import { setMaxListeners } from 'node:events';

/**
 * The part of an `AbortSignal` that the framework uses on its way from the caller to the turn. An `AbortSignal` is one;
 * where nobody's code sees it, something cheaper takes its place.
 */
export interface Cancellation {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: AbortListener, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: AbortListener): void;
}

/** As an `AbortSignal` takes them: an object needs no function of its own to be told. */
export type AbortListener = (() => void) | { handleEvent(): void };

/** Lets very many listen to a signal that calls share; that is no leak. */
export function allowManyListeners(cancellation: Cancellation): void {
  if (cancellation instanceof AbortSignal) setMaxListeners(0, cancellation);
}
