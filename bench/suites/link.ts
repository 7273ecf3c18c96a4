import { clientAndServer, type Suite } from '../contender.js';

/** The transport between nodes alone. */
export const link: Suite = {
  name: 'link',
  unit: 'calls',
  callers: [1, 256, 1024],
  contenders: [
    clientAndServer('goverse Link', 'link-echo', 'link-echo'),
    clientAndServer('bare TCP', 'tcp-echo', 'tcp-echo'),
  ],
  targets: [{ ours: 'goverse Link', peer: 'bare TCP', callers: 256, times: 0.33 }],
};
