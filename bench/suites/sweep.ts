import type { Suite } from '../contender.js';
import { nodeInDriver } from '../node-in-driver.js';

/** Objects that end because nobody calls them, 100 000 at a time. */
export const sweep: Suite = {
  name: 'sweep',
  unit: 'ends of idle objects',
  callers: [1],
  contenders: [nodeInDriver('goverse idle objects', { name: 'sweep' })],
  targets: [],
};
