import { inOneProcess, type Contender, type Suite } from '../contender.js';
import { nodeInDriver } from '../node-in-driver.js';

const execArgv = ['--expose-gc', '--max-old-space-size=8192'];

const objects = (name: string, count: number): Contender =>
  nodeInDriver(`goverse call, ${name} objects`, {
    name: 'scale-calls',
    config: { objects: String(count) },
    execArgv,
  });

const bareMap = (name: string, count: number): Contender =>
  inOneProcess(`bare Map, ${name} objects`, { name: 'bare-map', config: { objects: String(count) }, execArgv });

/**
 * Calls to one of few and of many objects of a node. Beside them a Map with as many instances and nothing else: so much
 * dearer a call gets by the memory alone, since each goes to an object that is in no cache.
 */
export const scale: Suite = {
  name: 'scale',
  unit: 'calls',
  callers: [1],
  contenders: [
    objects('1 k', 1_000),
    { ...objects('100 k', 100_000), fullOnly: true },
    objects('1 M', 1_000_000),
    bareMap('1 k', 1_000),
    { ...bareMap('100 k', 100_000), fullOnly: true },
    bareMap('1 M', 1_000_000),
  ],
  targets: [
    { ours: 'goverse call, 1 M objects', peer: 'goverse call, 1 k objects', callers: 1, times: 0.8 },
    { ours: 'bare Map, 1 M objects', peer: 'bare Map, 1 k objects', callers: 1 },
  ],
  limits: [{ ours: 'goverse call, 1 M objects', callers: 1, fact: 'resident bytes per object', atMost: 1_024 }],
};
