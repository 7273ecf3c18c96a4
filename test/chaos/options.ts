import { parseArgs } from 'node:util';

export interface ChaosOptions {
  /** Of the random mix. */
  readonly minutes: number;
  readonly seed: number;
  readonly callsPerSecond: number;
  /** Leases are at least so long: for machines that have no time for shorter ones. */
  readonly ttlSeconds: number;
  /** Names of the scenarios to run; empty: all. */
  readonly scenarios: readonly string[];
  /** File for the result as JSON. */
  readonly json: string | undefined;
}

export const USAGE = `Hurts a cluster of real processes under load and judges what it did.

  --minutes <n>      length of the random mix (default 3)
  --seed <n>         of the load and the mix (default: a new one, printed)
  --rate <n>         calls per second of the clients (default 500)
  --ttl <seconds>    leases are at least so long, for machines that are busy (default: each scenario's own)
  --scenario <name>  only this one; may be given several times
  --json <file>      result as JSON
`;

/** Throws naming the flag that is wrong. */
export function readOptions(argv: string[]): ChaosOptions | 'help' {
  const { values } = parseArgs({
    args: argv,
    options: {
      minutes: { type: 'string', default: '3' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      rate: { type: 'string', default: '500' },
      ttl: { type: 'string', default: '1' },
      scenario: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    minutes: positive('minutes', values.minutes),
    seed: positive('seed', values.seed),
    callsPerSecond: positive('rate', values.rate),
    ttlSeconds: positive('ttl', values.ttl),
    scenarios: values.scenario,
    json: values.json,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`--${name} must be a number above 0, not ${text}`);
}
