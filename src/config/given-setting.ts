import { SETTINGS } from './settings.js';
import type { ProcessRole, SettingName } from './settings.js';
import { wrongValue } from './violation.js';

/** A value somebody gave to a setting outside of the code. */
export interface GivenSetting {
  readonly name: SettingName;
  /** In words: `the flag --listen`, `GOVERSE_LISTEN`, `listen in /app/goverse.yaml`. */
  readonly source: string;
  readonly value: unknown;
}

/** What one source gives, weakest first, and what is wrong with it. */
export interface SourceReading {
  readonly given: readonly GivenSetting[];
  readonly violations: readonly string[];
}

/** For whom settings are read, and which roles the process has. */
export interface ReadingRole {
  readonly role: ProcessRole;
  readonly roles: readonly ProcessRole[];
}

/** The reading of one value: text is converted, then checked. */
export function readValue(name: SettingName, source: string, raw: unknown): SourceReading {
  const { kind } = SETTINGS[name];
  const value = typeof raw === 'string' ? kind.fromText(raw) : raw;
  if (kind.accepts(value)) return { given: [{ name, source, value }], violations: [] };
  return { given: [], violations: [wrongValue(name, source, raw, kind.allowed)] };
}

export function violation(text: string): SourceReading {
  return { given: [], violations: [text] };
}

export function joinReadings(readings: readonly SourceReading[]): SourceReading {
  return {
    given: readings.flatMap((reading) => reading.given),
    violations: readings.flatMap((reading) => reading.violations),
  };
}
