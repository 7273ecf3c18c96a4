import { missingNodes } from './leadership.js';
import type { NodeState } from './node-state.js';
import type { PoolSnapshot } from './pool-snapshot.js';
import { leastShare } from './shard-quota.js';

export interface Readiness {
  readonly ready: boolean;
  /** Why not. */
  readonly reason?: string;
}

export interface ReadinessFacts {
  readonly state: NodeState;
  /** Of the node's pool. */
  readonly view: PoolSnapshot;
  readonly address: string;
  readonly minNodes: number;
  readonly watchLive: boolean;
  /** Says so while etcd cannot be reached. */
  readonly unreachable: string | undefined;
  /** The planned share was held once in this registration: later moves do not make the node unready. */
  readonly hadShare: boolean;
  readonly holds: (shard: number) => boolean;
}

/** Why a process that has not registered yet is not ready. */
export function joiningReason(unreachable: string | undefined): string {
  return `joining: ${unreachable ?? 'not registered in etcd yet'}`;
}

export const READY: Readiness = { ready: true };

/** Whether a node can do its part, and if not, why. */
export function readinessOf(facts: ReadinessFacts): Readiness {
  const reason = stateReason(facts) ?? clusterReason(facts) ?? (facts.hadShare ? undefined : shareReason(facts));
  return reason === undefined ? READY : { ready: false, reason };
}

function stateReason({ state, unreachable }: ReadinessFacts): string | undefined {
  switch (state.name) {
    case 'serving':
      return undefined;
    case 'joining':
      return joiningReason(unreachable);
    case 'fenced':
      return `fenced: ${state.reason}`;
    case 'draining':
    case 'stopped':
      return state.name;
  }
}

function clusterReason({ view, address, minNodes, watchLive }: ReadinessFacts): string | undefined {
  if (!view.nodes.has(address)) return 'joining: its registration is not in view yet';
  if (!watchLive) return 'the watch of etcd is down';
  const missing = missingNodes(view, minNodes);
  return missing > 0 ? `waiting for ${missing} more node${missing === 1 ? '' : 's'}` : undefined;
}

/** Why the node does not hold its planned share; undefined if it does. */
function shareReason({ view, address, holds }: ReadinessFacts): string | undefined {
  const assignees = view.assignment?.assignees;
  if (assignees === undefined) return 'nothing is assigned yet';
  let assigned = 0;
  let held = 0;
  assignees.forEach((assignee, shard) => {
    if (assignee !== address) return;
    assigned++;
    if (holds(shard) && view.ownerOf(shard) === address) held++;
  });
  const due = dueShare(view, address);
  if (held === assigned && held >= due) return undefined;
  return `holds ${held} of ${Math.max(assigned, due)} shards`;
}

function dueShare(view: PoolSnapshot, address: string): number {
  const serving = [...view.nodes.values()].filter(({ state }) => state === 'serving');
  const total = serving.reduce((sum, { weight }) => sum + weight, 0);
  const mine = serving.find((node) => node.address === address);
  return mine === undefined ? 0 : leastShare(view.shards, mine.weight, total);
}
