import { isObservable, lastValueFrom } from 'rxjs';

/**
 * Runs user code and tells once how it ended: at once for code that does not wait, else when its promise settles.
 * Of an Observable the last value counts.
 */
export function settle(work: () => unknown, done: (value: unknown) => void, failed: (error: unknown) => void): void {
  let outcome: unknown;
  try {
    outcome = work();
    if (isObservable(outcome)) outcome = lastOf(outcome);
  } catch (error) {
    return failed(error);
  }
  if (isThenable(outcome)) settleLater(outcome, done, failed);
  else done(outcome);
}

/** True for what user code returned if its end is still to come: a promise, or an Observable. */
export function isPending(outcome: unknown): boolean {
  return typeof outcome === 'object' && outcome !== null && (isThenable(outcome) || isObservable(outcome));
}

/** Tells how what `isPending` ended. */
export function settleLater(outcome: unknown, done: (value: unknown) => void, failed: (error: unknown) => void): void {
  if (isObservable(outcome)) return settle(() => outcome, done, failed);
  void Promise.resolve(outcome).then((value) => {
    if (!isObservable(value)) return done(value);
    void lastOf(value).then(done, failed);
  }, failed);
}

const lastOf = (values: Parameters<typeof lastValueFrom>[0]): Promise<unknown> =>
  lastValueFrom(values, { defaultValue: undefined });

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function'
  );
}
