import type { Suite } from '../contender.js';
import { nodeInDriver } from '../node-in-driver.js';

/** First calls of objects: construction, hooks and the call itself. */
export const activation: Suite = {
  name: 'activation',
  unit: 'activations',
  callers: [1, 64],
  contenders: [nodeInDriver('goverse activation', { name: 'activation', execArgv: ['--expose-gc'] })],
  targets: [],
  limits: [{ ours: 'goverse activation', callers: 1, atLeast: 100_000 }],
};
