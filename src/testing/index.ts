export { TestCluster } from './test-cluster.js';
export type { TestClusterOptions } from './test-cluster.js';
export { TestNode } from './test-node.js';
export { TestGate } from './test-gate.js';
export { TurnRecorder } from './turn-recorder.js';
export { TurnLedger } from './turn-ledger.js';
export type { CallBook } from './call-book.js';
export type { Violation, ViolationKind } from './violation.js';
export type { CallEvent, TurnEpoch, TurnEvent, TurnFacts } from '../observability/index.js';
