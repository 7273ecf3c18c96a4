import type { Suite } from '../contender.js';
import { nodeInDriver } from '../node-in-driver.js';

const execArgv = ['--expose-gc', '--max-old-space-size=8192'];

const objects = (name: string, count: number) =>
  nodeInDriver(`goverse call, ${name} objects`, {
    name: 'scale-calls',
    config: { objects: String(count) },
    execArgv,
  });

/** Calls to one of few and of many objects of a node. */
export const scale: Suite = {
  name: 'scale',
  unit: 'calls',
  callers: [1],
  contenders: [objects('1 k', 1_000), objects('100 k', 100_000), objects('1 M', 1_000_000)],
  targets: [{ ours: 'goverse call, 1 M objects', peer: 'goverse call, 1 k objects', callers: 1, times: 0.8 }],
};
