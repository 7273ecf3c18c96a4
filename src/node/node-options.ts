import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { GoverseNodeOptions } from '../config/index.js';

/** `forRoot` and `forRootAsync` of GoverseNodeModule. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: NODE_OPTIONS } =
  new ConfigurableModuleBuilder<GoverseNodeOptions>({ moduleName: 'GoverseNode' })
    .setClassMethodName('forRoot')
    .build();

/** Flags, environment and YAML of the process; only `startNode` provides them. */
export const NODE_SETTINGS = Symbol('goverse:node-settings');

/** The resolved `NodeConfig`. */
export const NODE_CONFIG = Symbol('goverse:node-config');
