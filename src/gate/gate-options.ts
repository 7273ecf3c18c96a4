import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { GoverseGateOptions } from '../config/index.js';

/** `forRoot` and `forRootAsync` of GoverseGateModule. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: GATE_OPTIONS } =
  new ConfigurableModuleBuilder<GoverseGateOptions>({ moduleName: 'GoverseGate' })
    .setClassMethodName('forRoot')
    .build();

/** Flags, environment and YAML of the process (`ProcessSettings`); only `startGate` provides them. */
export const GATE_SETTINGS = Symbol('goverse:gate-settings');

/** The resolved `GateConfig`. */
export const GATE_CONFIG = Symbol('goverse:gate-config');
