export { GoverseNodeModule } from './node.module.js';
export { NodeRuntime } from './node-runtime.js';
export { startNode } from './start-node.js';
export type { StartNodeOptions, StartedNode } from './start-node.js';
