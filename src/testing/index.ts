export { TestCluster } from './test-cluster.js';
export type { TestClusterOptions } from './test-cluster.js';
export { TestNode } from './test-node.js';
export { TestGate } from './test-gate.js';
