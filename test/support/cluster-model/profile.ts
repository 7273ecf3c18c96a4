import type { SeededRandom } from '../seeded-random.js';
import { SHARDS } from './process-model.js';

/** What happens in one schedule, and how often relative to the rest. */
export type Action =
  | 'observe'
  | 'observe again'
  | 'step'
  | 'start turn'
  | 'end turn'
  | 'postpone'
  | 'network'
  | 'plan nonsense'
  | 'pause'
  | 'deafen'
  | 'crash'
  | 'drain';

const WEIGHTS: Readonly<Record<Action, number>> = {
  observe: 14,
  'observe again': 2,
  step: 28,
  'start turn': 7,
  'end turn': 6,
  postpone: 1,
  network: 34,
  'plan nonsense': 9,
  pause: 1.5,
  deafen: 2,
  crash: 0.5,
  drain: 0.1,
};

/** Everything else about one schedule that chance decides once. */
export interface Profile {
  /** Part of the requests whose sender gets no answer in time. */
  readonly loss: number;
  /** Chance of a long silence at any step. */
  readonly leap: number;
  /** This process hears of changes rarely; -1: none. */
  readonly laggard: number;
  /** The shard that the leader cannot leave alone, and the two processes it goes to and fro between; undefined: none. */
  readonly torn: { readonly shard: number; readonly between: readonly [number, number] } | undefined;
  /** Step at which etcd is wiped; -1: never. */
  readonly wipeAt: number;
  action(random: SeededRandom): Action;
}

function tornShard(random: SeededRandom, processes: number): Profile['torn'] {
  const first = random.below(processes);
  return { shard: random.below(SHARDS), between: [first, (first + 1) % processes] };
}

/**
 * Each schedule leans another way: many losses, a slow watcher, a busy leader, hardly any pauses. Schedules that mix everything
 * evenly never get to the corners (Groce and others, "Swarm Testing", ISSTA 2012).
 */
export function randomProfile(random: SeededRandom, steps: number, processes: number): Profile {
  const weights = Object.entries(WEIGHTS).map(
    ([action, weight]) => [action as Action, weight * random.pick([0.15, 1, 1, 4])] as const,
  );
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return {
    loss: random.pick([0.02, 0.15, 0.5]),
    leap: random.pick([0, 0.01, 0.04]),
    laggard: random.chance(0.5) ? random.below(processes) : -1,
    torn: random.chance(0.6) ? tornShard(random, processes) : undefined,
    wipeAt: random.chance(0.3) ? random.below(steps) : -1,
    action: (dice) => {
      let left = dice.fraction() * total;
      for (const [action, weight] of weights) {
        left -= weight;
        if (left < 0) return action;
      }
      return 'step';
    },
  };
}
