/**
 * Pause before the next attempt in milliseconds: doubled with every failure in a row up to `maxMs`, of which at least
 * half and at most all is waited, so that the clients of a gate that went away do not come back all at once.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("equal jitter")
 */
export function backoffDelay(failures: number, initialMs: number, maxMs: number, random = randomFraction): number {
  const ceiling = Math.min(maxMs, initialMs * 2 ** Math.min(failures, 30));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** From Web Crypto, which Node and browsers have alike. */
function randomFraction(): number {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}
