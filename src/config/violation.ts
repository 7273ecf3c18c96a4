import { goverseError } from '../core/index.js';
import type { GoverseError } from '../core/index.js';

const SECRETS: ReadonlySet<string> = new Set(['clusterSecret', 'etcdPassword', 'jwt.secret']);

/** Where the value of a setting comes from, in words: `the flag --listen`. */
export type SettingSources = Readonly<Record<string, string>>;

/** All that is wrong with the settings of a process, in one error that stops its start. */
export function settingsError(violations: readonly string[]): GoverseError {
  const text = violations.length === 1 ? violations[0] : violations.map((violation) => `\n- ${violation}`).join('');
  return goverseError('INVALID_ARGUMENT', `The settings are not usable: ${text}`, { details: { violations } });
}

/** `leaseTtlSeconds from GOVERSE_LEASE_TTL_SECONDS is "abc": a whole number from 1 to 3600 is allowed`. */
export function wrongValue(name: string, source: string | undefined, value: unknown, allowed: string): string {
  return `${named(name, source)} is ${shown(name, value)}: allowed is ${allowed}`;
}

/** `name from source`. */
export function named(name: string, source: string | undefined): string {
  return source === undefined ? name : `${name} from ${source}`;
}

/** The valid name that is most like a wrong one, in words; empty if none is near. */
export function didYouMean(wrong: string, valid: readonly string[]): string {
  const ranked = valid.map((name) => ({ name, distance: editDistance(wrong.toLowerCase(), name.toLowerCase()) }));
  const nearest = ranked.toSorted((a, b) => a.distance - b.distance)[0];
  return nearest && nearest.distance <= Math.max(2, wrong.length / 3) ? `; did you mean ${nearest.name}?` : '';
}

/** Secrets never appear in errors. */
function shown(name: string, value: unknown): string {
  if (SECRETS.has(name)) return 'not usable';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return JSON.stringify(value) ?? String(value);
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
