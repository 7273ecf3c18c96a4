/**
 * Resolves when `subscribe`'s callback is called; rejects with the reason of `signal` when that is aborted first.
 * @param subscribe returns how to give the callback back; called in both cases
 */
export function waitFor(subscribe: (wake: () => void) => () => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const settle = (how: () => void) => {
      signal.removeEventListener('abort', aborted);
      unsubscribe();
      how();
    };
    const aborted = () => settle(() => reject(signal.reason));
    signal.addEventListener('abort', aborted, { once: true });
    const unsubscribe = subscribe(() => settle(resolve));
  });
}
