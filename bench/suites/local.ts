import { inOneProcess, type Suite } from '../contender.js';
import { nodeInDriver } from '../node-in-driver.js';

const goverseLocal = nodeInDriver('goverse object call', { name: 'goverse-local' });

/** Calls that stay in the process. */
export const local: Suite = {
  name: 'local',
  unit: 'calls',
  callers: [1, 64],
  contenders: [
    goverseLocal,
    inOneProcess('nact query', { name: 'nact-local' }),
    inOneProcess('moleculer action', { name: 'moleculer-local' }),
  ],
  targets: [{ ours: 'goverse object call', peer: 'nact query', callers: 1, times: 5 }],
};
