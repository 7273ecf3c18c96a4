import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { GoverseNodeOptions, ProcessSettings } from '../config/index.js';
import type { WorkerPlace } from './workers/index.js';

/** `forRoot` and `forRootAsync` of GoverseNodeModule. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: NODE_OPTIONS } =
  new ConfigurableModuleBuilder<GoverseNodeOptions>({ moduleName: 'GoverseNode' })
    .setClassMethodName('forRoot')
    .build();

/** How a process was started. */
export type NodeSettings = Pick<ProcessSettings<GoverseNodeOptions>, 'options' | 'sources'> & {
  /** Of a process that is one of several workers. */
  readonly place?: WorkerPlace | undefined;
};

/** The `NodeSettings` of the process: flags, environment and YAML; only `startNode` provides them. */
export const NODE_SETTINGS = Symbol('goverse:node-settings');

/** The resolved `NodeConfig`. */
export const NODE_CONFIG = Symbol('goverse:node-config');
