import type { Metric, RefusalCounts } from '../observability/index.js';
import type { GateEdge } from './gate-edge.js';

/** What `/metrics` tells of a gate. */
export function gateMetrics({ registry, calls }: GateEdge, refusals: RefusalCounts): Metric[] {
  return [
    {
      name: 'goverse_gate_clients',
      help: 'Clients that are connected.',
      kind: 'gauge',
      values: [[{}, registry.size]],
    },
    {
      name: 'goverse_gate_calls_in_flight',
      help: 'Calls of clients that have not been answered.',
      kind: 'gauge',
      values: [[{}, calls.inFlight]],
    },
    {
      name: 'goverse_gate_slow_client_pushes_total',
      help: 'Pushes for clients whose queue was full (clientQueueLimit, clientQueueBytes), by what became of them.',
      kind: 'counter',
      values: Object.entries(registry.slow).map(([action, count]) => [{ action }, count]),
    },
    refusals.metric(),
  ];
}
