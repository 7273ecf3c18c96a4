import type { Environment } from './environment.js';
import { readEnvironment } from './environment.js';
import { readFlags } from './flags.js';
import type { GoverseGateOptions } from './gate-options.js';
import { joinReadings } from './given-setting.js';
import type { NodeProcessOptions } from './node-process-options.js';
import type { ProcessRole } from './settings.js';
import { settingsError } from './violation.js';
import type { SettingSources } from './violation.js';
import { readYamlFile } from './yaml-file.js';

/** Where the settings of a process come from besides its code. */
export interface ProcessInput {
  /** Flags, without the interpreter and the script (`process.argv.slice(2)`). */
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Folder of `goverse.yaml`; relative `--config` paths start there too. */
  readonly cwd: string;
  /** Roles of the process; more than one asks for names with the role. Default: the role that is read for. */
  readonly roles?: readonly ProcessRole[];
}

/** Settings of one role as its process was started. */
export interface ProcessSettings<Options> {
  /** What was given; stronger than `forRoot` options. */
  readonly options: Options;
  /** Where each value comes from, for `resolveNodeConfig` and `resolveGateConfig`. */
  readonly sources: SettingSources;
  /** The user asked for the help text (`helpText`) or the version, and for nothing else. */
  readonly show: 'help' | 'version' | undefined;
}

/**
 * Reads command line flags, environment and YAML, in this order of strength. Used by `startNode`, `startGate` and the
 * commands only. Throws one `INVALID_ARGUMENT` that names each wrong value with its source and what is allowed.
 */
export function readProcessSettings(role: 'node', input: ProcessInput): ProcessSettings<NodeProcessOptions>;
export function readProcessSettings(role: 'gate', input: ProcessInput): ProcessSettings<GoverseGateOptions>;
export function readProcessSettings(role: ProcessRole, input: ProcessInput): ProcessSettings<object> {
  const reading = { role, roles: input.roles ?? [role] };
  const flags = readFlags(input.argv, reading);
  if (flags.show) return { options: {}, sources: {}, show: flags.show };
  const configFile = flags.configFile ?? (input.env['GOVERSE_CONFIG'] || undefined);
  const yaml = readYamlFile(input.cwd, configFile, reading);
  const { given, violations } = joinReadings([yaml, readEnvironment(input.env, reading), flags]);
  if (violations.length > 0) throw settingsError(violations);
  return {
    options: Object.fromEntries(given.map(({ name, value }) => [name, value])),
    sources: Object.fromEntries(given.map(({ name, source }) => [name, source])),
    show: undefined,
  };
}
