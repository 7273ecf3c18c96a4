import { environmentName, flagName, textSettings } from './setting-names.js';
import { SETTINGS } from './settings.js';
import type { ProcessRole, SettingName } from './settings.js';

/** What `--help` prints: every flag with its default, and the other places settings come from. */
export function helpText(command: string, role: ProcessRole): string {
  const rows = textSettings(role).map((name) => row(name));
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return [
    `Usage: ${command} [flags]`,
    '',
    ...rows.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`),
    `  ${'--config file'.padEnd(width)}  settings in YAML (default: goverse.yaml, if it is there)`,
    `  ${'--help, --version'.padEnd(width)}`,
    '',
    `Every flag is also an environment variable (--etcd-prefix is GOVERSE_${environmentName('etcdPrefix')}, or`,
    `GOVERSE_${role.toUpperCase()}_${environmentName('etcdPrefix')} for ${role}s only) and a key of the YAML file (etcdPrefix).`,
    'Flags win over the environment, the environment over YAML, YAML over the options in code.',
    '',
  ].join('\n');
}

function row(name: SettingName): [flag: string, help: string] {
  const { kind, fallback, help } = SETTINGS[name];
  const parts: unknown[] = Array.isArray(fallback) ? fallback : [fallback];
  const shown = parts.filter((part) => typeof part === 'string' || typeof part === 'number').join(',');
  const suffix = shown === '' ? '' : ` (default: ${shown})`;
  return [`--${flagName(name)} ${kind.placeholder}`.trimEnd(), help + suffix];
}
