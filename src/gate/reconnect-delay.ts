import { randomFraction } from '../core/index.js';

/** Clients of a gate that stops come to the others within this time, in milliseconds. */
const SPREAD_MS = 1_000;

/** When a client that is told to go elsewhere should be there: not all of them at once. */
export function reconnectDelay(): number {
  return Math.ceil(randomFraction() * SPREAD_MS);
}
