import { resolve as resolvePath } from 'node:path';
import { AccessFile } from './access-file.js';
import type { GateConfig } from './gate-config.js';
import type { GoverseGateOptions } from './gate-options.js';
import { listenViolations } from './listen-rules.js';
import type { NodeConfig } from './node-config.js';
import type { GoverseNodeOptions } from './node-options.js';
import { isLoopback, parseAddress } from './address.js';
import { DEFAULT_LISTEN, SETTINGS, settingNames } from './settings.js';
import type { ProcessRole, SettingName } from './settings.js';
import { groupViolations } from './group-rules.js';
import { grouped, ungrouped } from './setting-groups.js';
import { didYouMean, settingsError, wrongValue } from './violation.js';
import type { SettingSources } from './violation.js';

type Values = Record<string, unknown>;

/** Options and defaults of a node, validated. Throws one `INVALID_ARGUMENT` that names everything wrong. */
export function resolveNodeConfig(options: GoverseNodeOptions = {}, sources: SettingSources = {}): NodeConfig {
  return resolve('node', options, sources) as unknown as NodeConfig;
}

/** Options and defaults of a gate, validated. Throws one `INVALID_ARGUMENT` that names everything wrong. */
export function resolveGateConfig(options: GoverseGateOptions = {}, sources: SettingSources = {}): GateConfig {
  return resolve('gate', options, sources) as unknown as GateConfig;
}

function resolve(role: ProcessRole, options: object, sources: SettingSources): Values {
  const given = Object.fromEntries(ungrouped(Object.entries(options)).filter(([, value]) => value !== undefined));
  const violations = [...unknownNames(role, given), ...wrongValues(role, given, sources)];
  if (violations.length > 0) throw settingsError(violations);
  const values = withDefaults(role, given);
  const unsafe = [...groupViolations(values, given), ...listenViolations(values, given, sources)];
  if (unsafe.length > 0) throw settingsError(unsafe);
  return Object.freeze(grouped(values, given));
}

function unknownNames(role: ProcessRole, given: Values): string[] {
  const names = moduleSettings(role);
  const unknown = Object.keys(given).filter((name) => !(names as string[]).includes(name));
  return unknown.map((name) =>
    (settingNames(role) as string[]).includes(name)
      ? `${name} comes too late in the options of a module: give it as --${name}, in the environment, in goverse.yaml or to startNode`
      : `a ${role} has no setting ${name}${didYouMean(name, names)}`,
  );
}

function moduleSettings(role: ProcessRole): SettingName[] {
  return settingNames(role).filter((name) => SETTINGS[name].startOnly !== true);
}

function wrongValues(role: ProcessRole, given: Values, sources: SettingSources): string[] {
  return moduleSettings(role).flatMap((name) => {
    const { kind } = SETTINGS[name];
    if (!(name in given)) return [];
    return kind.accepts(given[name]) ? [] : [wrongValue(name, sources[name], given[name], kind.allowed)];
  });
}

function withDefaults(role: ProcessRole, given: Values): Values {
  const fallbacks = moduleSettings(role).map((name) => [name, SETTINGS[name].fallback]);
  const values: Values = { ...Object.fromEntries(fallbacks), listen: DEFAULT_LISTEN[role], ...given };
  values['advertise'] ??= values['listen'];
  values['reflection'] ??= isLoopbackText(values['listen']);
  if (role === 'gate') values['openApi'] ??= isLoopbackText(values['httpListen']);
  values['opsListen'] ||= undefined;
  if (typeof values['access'] === 'string') values['access'] = new AccessFile(resolvePath(values['access']));
  for (const [name, value] of Object.entries(values))
    if (Array.isArray(value)) values[name] = Object.freeze([...value]);
  return values;
}

/** False for what is no address, such as `app`. */
function isLoopbackText(value: unknown): boolean {
  const address = typeof value === 'string' ? parseAddress(value) : undefined;
  return address !== undefined && isLoopback(address);
}
