/** Resolves when `subscribe`'s callback is called; rejects with the reason of `signal` when that is aborted first. */
export function waitFor(subscribe: (wake: () => void) => unknown, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const aborted = () => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    subscribe(() => {
      signal.removeEventListener('abort', aborted);
      resolve();
    });
  });
}
