import { parseArgs } from 'node:util';

export interface SoakOptions {
  /** Of all clients together. */
  readonly pushes: number;
  readonly seed: number;
  readonly clients: number;
  /** Restarts of gates (SIGTERM) during the run. */
  readonly restarts: number;
  /** Gates killed (SIGKILL) during the run: what they have in memory is gone, and clients are told so. */
  readonly kills: number;
  /** File for the result as JSON. */
  readonly json: string | undefined;
}

export const USAGE = `Pushes to clients that break off at random moments and come back, while gates are restarted.

  --pushes <n>    of all clients together (default 100000)
  --clients <n>   on Register, Connect, server-sent events and WebSockets in turn (default 8)
  --restarts <n>  gates drained and started again during the run (default 4)
  --kills <n>     gates killed and started again during the run (default 2)
  --seed <n>      of the random moments (default: a new one, printed)
  --json <file>   result as JSON
`;

/** Throws naming the flag that is wrong. */
export function readOptions(args: string[]): SoakOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      pushes: { type: 'string', default: '100000' },
      clients: { type: 'string', default: '8' },
      restarts: { type: 'string', default: '4' },
      kills: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    pushes: whole('pushes', values.pushes, 1),
    clients: whole('clients', values.clients, 1),
    restarts: whole('restarts', values.restarts, 0),
    kills: whole('kills', values.kills, 0),
    seed: whole('seed', values.seed, 0),
    json: values.json,
  };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`--${name} must be a whole number from ${least}, not ${text}`);
}
