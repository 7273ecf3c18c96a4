import type { Contender, Suite } from '../contender.js';
import { nodeInDriver } from '../node-in-driver.js';

const idle = (name: string, objects: number, type: string): Contender =>
  nodeInDriver(`goverse, ${name} idle objects`, {
    name: 'sweep',
    config: { objects: String(objects), type },
    execArgv: ['--max-old-space-size=8192'],
  });

/** Objects that end because nobody calls them, all at about the same time. The million has a minute until then. */
export const sweep: Suite = {
  name: 'sweep',
  unit: 'ends of idle objects',
  callers: [1],
  rounds: 1,
  contenders: [idle('100 k', 100_000, 'Napper'), { ...idle('1 M', 1_000_000, 'Dozer'), fullOnly: true }],
  targets: [],
};
