import { parseArgs } from 'node:util';
import type { RunLength } from './contest.js';

export interface BenchOptions {
  /** Names of suites; empty: all. */
  readonly suites: readonly string[];
  readonly length: RunLength;
  /** Of the files with the results. */
  readonly name: string;
  /** Contenders whose name begins so; empty: all. */
  readonly only: string;
  readonly profile: boolean;
}

const SHORT: RunLength = { rounds: 3, roundMs: 500, warmUpMs: 400, short: true };
const FULL: RunLength = { rounds: 7, roundMs: 3_000, warmUpMs: 2_000, short: false };

export const USAGE = `npm run bench -- [suites] [--full] [--rounds n] [--ms n] [--name results]

suites: local link remote gate push activation scale sweep nodes start (default: all)
--full       7 rounds of 3 s each instead of 3 of 0.5 s, and what no target is about
--rounds n   rounds of each contender
--ms n       milliseconds of one round
--only name  contenders whose name begins so
--profile    CPU profiles of all processes go to bench/results/profiles
--name n     results go to bench/results/<n>.{md,json,svg}; default: latest.
             Suites that are not in this run stay in them as they are`;

/** Throws with the usage for arguments there are not. */
export function readBenchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      full: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      ms: { type: 'string' },
      name: { type: 'string', default: 'latest' },
      only: { type: 'string', default: '' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const usual = values.full ? FULL : SHORT;
  const rounds = numberOf('rounds', values.rounds, usual.rounds);
  const roundMs = numberOf('ms', values.ms, usual.roundMs);
  const { name, only, profile } = values;
  return { suites: positionals, name, only, profile, length: { ...usual, rounds, roundMs } };
}

function numberOf(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number above 0, not ${text}\n\n${USAGE}`);
}
