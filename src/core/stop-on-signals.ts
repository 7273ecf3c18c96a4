import { systemClock } from './clock.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** npm passes Ctrl-C on to a process that the terminal has told already: what comes this soon is the same key. */
const SAME_SIGNAL_MS = 500;

/**
 * Lets SIGTERM and SIGINT stop what this process runs, and ends the process with 0 when that, and whatever else listens
 * for the signal, has stopped. A second signal, half a second later or more, ends it at once with 1. Returns how to take
 * the handlers off again.
 */
export function stopOnSignals(
  stop: () => Promise<void>,
  exit: (code: number) => void = (code) => process.exit(code),
): () => void {
  let stoppingSince: number | undefined;
  const remove = () => {
    for (const signal of SIGNALS) process.off(signal, handle);
  };
  const handle = (signal: NodeJS.Signals) => {
    const now = systemClock.monotonic();
    if (stoppingSince !== undefined) return now - stoppingSince < SAME_SIGNAL_MS ? undefined : exit(1);
    stoppingSince = now;
    stop().then(
      () => {
        remove();
        if (process.listenerCount(signal) === 0) exit(0);
      },
      (error: unknown) => {
        console.error(`The stop failed: ${String(error)}`);
        exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return remove;
}
