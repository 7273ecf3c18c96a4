import { closedLoop } from './closed-loop.js';
import type { Round, Sample } from './sample.js';

/** A prime, so that every object has its turn and neighbours do not follow each other. */
const STRIDE = 7_919;

/** Calls to many objects, one after the other; each answers with its number. */
export function goingRound(round: Round, count: number, ping: (n: number) => Promise<unknown>): Promise<Sample> {
  const at = (n: number): number => (n * STRIDE) % count;
  return closedLoop(
    round,
    (n) => ping(at(n)),
    (answer, n) => answer === at(n),
  );
}
