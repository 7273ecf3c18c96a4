import { fileURLToPath } from 'node:url';
import { Child } from '../test/support/child-process.js';

/** Environment variable of a folder: every process of the run writes its CPU profile there when it ends. */
export const PROFILE_VARIABLE = 'BENCH_PROFILES';

/**
 * Starts `servers/<name>.js` in a process of its own, with the flags of node a user would give: none.
 * @param limitMs how long it may take to say what is waited for; default: that of `Child`
 */
export function spawnServer(name: string, args: readonly string[] = [], limitMs?: number): Child {
  const entry = fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url));
  return new Child(
    process.execPath,
    [...profilingFlags(name), entry, ...args],
    limitMs === undefined ? {} : { limitMs },
  );
}

/** Flags of node that make a process write `<name>.<pid>.cpuprofile`, if the run wants profiles. */
export function profilingFlags(name: string): string[] {
  const folder = process.env[PROFILE_VARIABLE];
  if (folder === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.${Date.now()}.cpuprofile`];
}

/** The address a peer's server prints: `ready <address>`. */
export async function readyAddress(child: Child): Promise<string> {
  return (await child.line(/^ready /)).split(' ')[1] as string;
}
