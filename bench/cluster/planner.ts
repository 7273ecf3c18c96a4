import { planShards } from '../../src/cluster/planner.js';

const [NODES, SHARDS, WARM_UP, ROUNDS] = [64, 8192, 200, 1_000];

/** How long the leader plans when one node joins many. */
function planMs(): number {
  const members = Array.from({ length: NODES }, (_, i) => ({
    address: `10.0.0.${i}:47000`,
    weight: 1,
    draining: false,
  }));
  const empty = Array.from<string | undefined>({ length: SHARDS });
  const maxInMotion = SHARDS / 8;
  const first = { shards: SHARDS, members: members.slice(1), assigned: empty, claimed: empty, maxInMotion };
  const { assignees } = planShards(first);
  const begin = performance.now();
  planShards({ shards: SHARDS, members, assigned: assignees, claimed: assignees, maxInMotion });
  return performance.now() - begin;
}

for (let n = 0; n < WARM_UP; n++) planMs();
const sorted = Array.from({ length: ROUNDS }, planMs).sort((a, b) => a - b);
const at = (share: number) => sorted[Math.floor(share * (ROUNDS - 1))]!.toFixed(2);
console.log(
  `plan of ${NODES} nodes x ${SHARDS} shards, one joins: median ${at(0.5)} ms, 99 % ${at(0.99)} ms (${ROUNDS} plans)`,
);
