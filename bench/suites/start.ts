import type { Suite } from '../contender.js';
import { nodeInDriver } from '../node-in-driver.js';

/** A cluster of one process; etcd runs already. */
export const start: Suite = {
  name: 'start',
  unit: 'starts',
  callers: [1],
  rounds: 3,
  contenders: [nodeInDriver('goverse node', { name: 'start' })],
  targets: [],
  limits: [{ ours: 'goverse node', callers: 1, fact: 'ms until ready', atMost: 1_000 }],
};
