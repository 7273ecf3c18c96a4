import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { AccessFile } from './access-file.js';
import { joinReadings, readValue, violation } from './given-setting.js';
import type { ReadingRole, SourceReading } from './given-setting.js';
import { ungrouped } from './setting-groups.js';
import { needsRole, textSettings } from './setting-names.js';
import type { ProcessRole, SettingName } from './settings.js';
import { didYouMean } from './violation.js';

const DEFAULT_FILE = 'goverse.yaml';
const SECTIONS: readonly ProcessRole[] = ['node', 'gate'];

/**
 * Reads `goverse.yaml` in the working directory if it is there, or the named file. Settings stand at the top level under
 * their own names, for nodes and gates alike; the sections `node:` and `gate:` are for one of them and stronger.
 */
export function readYamlFile(cwd: string, named: string | undefined, reading: ReadingRole): SourceReading {
  const file = resolve(cwd, named ?? DEFAULT_FILE);
  if (!existsSync(file)) {
    return named === undefined ? joinReadings([]) : violation(`the configuration file ${file} does not exist`);
  }
  try {
    return readYaml(file, readFileSync(file, 'utf8'), reading);
  } catch (error) {
    return violation(`the configuration file ${file} cannot be read: ${(error as Error).message}`);
  }
}

function readYaml(file: string, text: string, reading: ReadingRole): SourceReading {
  const document = parseDocument(text);
  if (document.errors.length > 0) return violation(`${file} is no YAML: ${document.errors[0]!.message}`);
  const content: unknown = document.toJS();
  if (content === null || content === undefined) return joinReadings([]);
  if (!isMapping(content)) return violation(`${file} must hold settings, e.g. "listen: 127.0.0.1:47000"`);
  const general = ungrouped(Object.entries(content)).filter(([key]) => !isSection(key));
  const top = general.map(([key, value]) => readTop(file, key, value, reading));
  const sections = SECTIONS.map((role) => readSection(file, role, content[role], reading));
  return joinReadings([...top, ...sections]);
}

function readTop(file: string, key: string, value: unknown, { role, roles }: ReadingRole): SourceReading {
  const name = settingNamed(key, textSettings(...SECTIONS));
  if (!name) return violation(unknownKey(file, key, [...textSettings(...SECTIONS), ...SECTIONS]));
  if (!textSettings(role).includes(name) || value === null) return joinReadings([]);
  if (needsRole(name, roles)) {
    return violation(
      `${key} in ${file} is ambiguous in a process that is node and gate; put it into the sections node: and gate:`,
    );
  }
  return readValue(name, `${key} in ${file}`, valueOf(name, file, [key], value));
}

function readSection(file: string, section: ProcessRole, content: unknown, { role }: ReadingRole): SourceReading {
  if (content === undefined || content === null) return joinReadings([]);
  if (!isMapping(content)) return violation(`${section} in ${file} must hold settings of the ${section}`);
  const readings = ungrouped(Object.entries(content)).map(([key, value]) => {
    const name = settingNamed(key, textSettings(section));
    if (!name) return violation(unknownKey(file, `${section}.${key}`, textSettings(section)));
    return section === role && value !== null
      ? readValue(name, `${section}.${key} in ${file}`, valueOf(name, file, [section, key], value))
      : joinReadings([]);
  });
  return joinReadings(readings);
}

/** Access rules are read from where they stand, line by line, and again when the file changes. */
function valueOf(name: SettingName, file: string, keys: readonly string[], value: unknown): unknown {
  if (name !== 'access') return value;
  if (typeof value === 'string') return new AccessFile(resolve(dirname(file), value));
  return new AccessFile(file, keys);
}

function unknownKey(file: string, key: string, valid: readonly string[]): string {
  return `${key} in ${file} is no setting${didYouMean(key.slice(key.lastIndexOf('.') + 1), valid)}`;
}

function settingNamed(key: string, names: readonly SettingName[]): SettingName | undefined {
  return names.find((name) => name === key);
}

function isSection(key: string): boolean {
  return (SECTIONS as readonly string[]).includes(key);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
