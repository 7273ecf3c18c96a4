import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the benchmark's sources, its own package and its results, seen from `dist/bench`. */
export const BENCH_FOLDER = fileURLToPath(new URL('../../bench/', import.meta.url));

const require = createRequire(join(BENCH_FOLDER, 'peers', 'package.json'));

/** Loads a package that only the benchmark uses (`bench/peers/package.json`); the root of the repository does without them. */
export function peerPackage<T>(name: string): T {
  return require(name) as T;
}
