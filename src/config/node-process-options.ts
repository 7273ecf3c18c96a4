import type { GoverseNodeOptions } from './node-options.js';

/** What a process of nodes can be told when it starts: more than `forRoot`, which is read when the process is there. */
export interface NodeProcessOptions extends GoverseNodeOptions {
  /** Node processes under one supervisor; `auto`: one per core. Default: 1, the process itself is the node. */
  workers?: number | 'auto';
}
