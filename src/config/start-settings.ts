import type { GoverseGateOptions } from './gate-options.js';
import { helpText } from './help-text.js';
import type { NodeProcessOptions } from './node-process-options.js';
import { readProcessSettings } from './process-settings.js';
import type { ProcessSettings } from './process-settings.js';
import type { ProcessRole } from './settings.js';

/** Where `startNode` and `startGate` look for settings; everything defaults to the process. */
export interface StartInput {
  /** Command line flags. Default: those of the process. */
  readonly argv?: readonly string[];
  /** Environment. Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What this process is: one that is both node and gate has flags and variables for each. Default: what is started. */
  readonly roles?: readonly ProcessRole[];
}

/** Settings of the process; `--help` and `--version` are answered here and end it. */
export function readStartSettings(
  role: 'node',
  version: string,
  input: StartInput,
): ProcessSettings<NodeProcessOptions>;
export function readStartSettings(
  role: 'gate',
  version: string,
  input: StartInput,
): ProcessSettings<GoverseGateOptions>;
export function readStartSettings(role: ProcessRole, version: string, input: StartInput): ProcessSettings<object> {
  const { argv = process.argv.slice(2), env = process.env, roles = [role] } = input;
  const settings = readProcessSettings(role as 'node', { argv, env, cwd: process.cwd(), roles });
  if (settings.show === undefined) return settings;
  process.stdout.write(settings.show === 'help' ? helpText(`goverse-${role}`, role) : `${version}\n`);
  return process.exit(0);
}
