import { joinReadings, readValue, violation } from './given-setting.js';
import type { ReadingRole, SourceReading } from './given-setting.js';
import { environmentName, needsRole, textSettings } from './setting-names.js';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `GOVERSE_*` and, stronger, `GOVERSE_NODE_*` or `GOVERSE_GATE_*`. An empty variable counts as not set; unknown ones
 * are left alone, because container platforms put their own there.
 */
export function readEnvironment(env: Environment, { role, roles }: ReadingRole): SourceReading {
  const general = textSettings(role).map((name) => {
    const variable = `GOVERSE_${environmentName(name)}`;
    const text = env[variable];
    if (text === undefined || text === '') return joinReadings([]);
    if (!needsRole(name, roles)) return readValue(name, variable, text);
    const better = roles.map((each) => `GOVERSE_${each.toUpperCase()}_${environmentName(name)}`);
    return violation(`${variable} is ambiguous in a process that is node and gate; use ${better.join(' and ')}`);
  });
  const special = textSettings(role).map((name) => {
    const variable = `GOVERSE_${role.toUpperCase()}_${environmentName(name)}`;
    const text = env[variable];
    return text === undefined || text === '' ? joinReadings([]) : readValue(name, variable, text);
  });
  return joinReadings([...general, ...special]);
}
