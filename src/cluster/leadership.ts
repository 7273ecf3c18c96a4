import type { Plan } from './planner.js';
import { planShards } from './planner.js';
import type { PoolSnapshot } from './pool-snapshot.js';

/** Shards that may be between two nodes at a time: an eighth, so that a join takes a handful of steps. */
const IN_MOTION_PART = 8;
const LEAST_IN_MOTION = 64;

/** Who this process is in the election. */
export interface Candidate {
  readonly address: string;
  readonly lease: string;
  readonly draining: boolean;
  readonly minNodes: number;
}

export type LeadershipDecision =
  /** Somebody else leads, or there is nothing to do. */
  | { readonly kind: 'nothing' }
  /** There is no leader: try to become it. */
  | { readonly kind: 'campaign' }
  /** This node leads and this plan changes something. */
  | { readonly kind: 'plan'; readonly plan: Plan; readonly pace: PlanPace };

/**
 * How soon a plan is written: `now` when shards are unserved or a node drains; `soon` when moves of the plan before are
 * still running (each plan goes whole to every watcher); `joins` when it only balances, so a burst of joins makes one plan.
 */
export type PlanPace = 'now' | 'soon' | 'joins';

const NOTHING: LeadershipDecision = { kind: 'nothing' };

/** What the election and the planner want in this view. No I/O, no clock. */
export function decideLeadership(view: PoolSnapshot, me: Candidate): LeadershipDecision {
  const { leader } = view;
  if (leader === undefined) return me.draining ? NOTHING : { kind: 'campaign' };
  if (leader.lease !== me.lease || leader.address !== me.address) return NOTHING;
  if (missingNodes(view, me.minNodes) > 0) return NOTHING;
  const plan = planFor(view);
  return plan.changed === 0 ? NOTHING : { kind: 'plan', plan, pace: paceOf(plan, view.shards) };
}

/** Nodes still to come before anything is planned. Draining ones count: they are there until they leave. */
export function missingNodes(view: PoolSnapshot, minNodes: number): number {
  return Math.max(0, minNodes - view.nodes.size);
}

function planFor(view: PoolSnapshot): Plan {
  const { shards, ownerList } = view;
  return planShards({
    shards,
    members: [...view.nodes.values()].map(({ address, weight, state }) => ({
      address,
      weight,
      draining: state === 'draining',
    })),
    assigned: view.assignment?.assignees ?? [],
    claimed: ownerList,
    formerly: view.assignment?.formerly,
    maxInMotion: maxInMotion(shards),
  });
}

function maxInMotion(shards: number): number {
  return Math.max(LEAST_IN_MOTION, Math.ceil(shards / IN_MOTION_PART));
}

function paceOf(plan: Plan, shards: number): PlanPace {
  const repairs = plan.changed - plan.drained - plan.balanced;
  if (repairs > 0) return 'now';
  if (plan.inMotion * 2 > maxInMotion(shards)) return 'soon';
  return plan.drained > 0 || plan.inMotion > 0 ? 'now' : 'joins';
}
