import { parseArgs } from 'node:util';
import { joinReadings, readValue, violation } from './given-setting.js';
import type { ReadingRole, SourceReading } from './given-setting.js';
import { flagName, needsRole, textSettings } from './setting-names.js';
import { SETTINGS } from './settings.js';
import type { ProcessRole, SettingName } from './settings.js';
import { didYouMean } from './violation.js';

export interface FlagsReading extends SourceReading {
  readonly show: 'help' | 'version' | undefined;
  /** Value of `--config`. */
  readonly configFile: string | undefined;
}

interface Flag {
  readonly flag: string;
  readonly value: string | undefined;
}

interface KnownFlag {
  readonly name: SettingName;
  /** Undefined: for every role of the process. */
  readonly role: ProcessRole | undefined;
}

/**
 * Reads command line flags: `--listen a`, `--listen=a`, lists repeated or with commas, switches with or without a value
 * (`--insecure`, `--reflection=false`), in a process with both roles `--node-listen` and `--gate-listen`.
 */
export function readFlags(argv: readonly string[], reading: ReadingRole): FlagsReading {
  const known = knownFlags(reading.roles);
  const { flags, strays } = tokens(argv, known);
  const own = flags.filter(({ flag }) => !['help', 'version', 'config'].includes(flag));
  const values = [...grouped(own)].map(([flag, texts]) =>
    readFlag(flag, texts, known.get(flag), reading, [...known.keys()]),
  );
  const joined = joinReadings(values.toSorted(generalFirst(known)).map(({ result }) => result));
  return {
    given: joined.given,
    violations: [
      ...strays.map((stray) => `${JSON.stringify(stray)} on the command line belongs to no flag`),
      ...joined.violations,
    ],
    show: (['help', 'version'] as const).find((word) => flags.some(({ flag }) => flag === word)),
    configFile: flags.findLast(({ flag }) => flag === 'config')?.value,
  };
}

function knownFlags(roles: readonly ProcessRole[]): Map<string, KnownFlag> {
  const general = textSettings(...roles).map((name) => [flagName(name), { name, role: undefined }] as const);
  const special = roles.flatMap((role) =>
    textSettings(role).map((name) => [`${role}-${flagName(name)}`, { name, role }] as const),
  );
  return new Map<string, KnownFlag>([...special, ...general]);
}

function tokens(argv: readonly string[], known: ReadonlyMap<string, KnownFlag>): { flags: Flag[]; strays: string[] } {
  const texts = [...known].filter(([, { name }]) => SETTINGS[name].kind.placeholder !== '').map(([flag]) => flag);
  const options = Object.fromEntries([...texts, 'config'].map((flag) => [flag, { type: 'string' as const }]));
  const help = { type: 'boolean', short: 'h' } as const;
  const parsed = parseArgs({ args: [...argv], strict: false, tokens: true, options: { ...options, help } });
  const flags = parsed.tokens.flatMap((token) =>
    token.kind === 'option' ? [{ flag: token.name, value: token.value }] : [],
  );
  return { flags, strays: parsed.positionals };
}

function grouped(flags: readonly Flag[]): Map<string, (string | undefined)[]> {
  const groups = new Map<string, (string | undefined)[]>();
  for (const { flag, value } of flags) groups.set(flag, [...(groups.get(flag) ?? []), value]);
  return groups;
}

function readFlag(
  flag: string,
  texts: readonly (string | undefined)[],
  known: KnownFlag | undefined,
  { role, roles }: ReadingRole,
  valid: readonly string[],
): { flag: string; result: SourceReading } {
  const source = `the flag --${flag}`;
  const done = (result: SourceReading) => ({ flag, result });
  if (!known)
    return done(
      violation(
        `there is no flag --${flag}${didYouMean(
          `--${flag}`,
          valid.map((name) => `--${name}`),
        )}`,
      ),
    );
  const { name } = known;
  const { kind } = SETTINGS[name];
  if (known.role === undefined && needsRole(name, roles)) {
    return done(
      violation(
        `${source} is ambiguous in a process that is node and gate; use ${roles.map((each) => `--${each}-${flag}`).join(' and ')}`,
      ),
    );
  }
  if ((known.role ?? role) !== role || !SETTINGS[name].roles.includes(role)) return done(joinReadings([]));
  const given = texts.map((text) => text ?? (kind.placeholder === '' ? 'true' : undefined));
  const present = given.filter((text) => text !== undefined && !text.startsWith('--'));
  if (present.length < given.length) return done(violation(`${source} needs a value: ${kind.allowed}`));
  return done(readValue(name, source, kind.list ? present.join(',') : present.at(-1)));
}

/** The flag with the role in its name wins, whatever the order. */
function generalFirst(known: ReadonlyMap<string, KnownFlag>) {
  const rank = ({ flag }: { flag: string }) => (known.get(flag)?.role === undefined ? 0 : 1);
  return (a: { flag: string }, b: { flag: string }) => rank(a) - rank(b);
}
