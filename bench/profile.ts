import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { contest } from './contest.js';
import { hottestOf } from './hottest-functions.js';
import { BENCH_FOLDER } from './peer-package.js';
import { PROFILE_VARIABLE } from './server-process.js';
import { suitesNamed } from './suites/index.js';

const PATHS = ['local', 'link', 'remote', 'gate', 'push', 'activation', 'scale', 'sweep', 'nodes'];
const LENGTH = { rounds: 1, roundMs: 5_000, warmUpMs: 2_000, short: true };

const USAGE = `npm run bench:profile -- ${PATHS.join('|')} [callers]

Runs the goverse side of one suite under load and writes a CPU profile of each of its processes
to bench/results/profiles/<path>; prints where each of them spent its time.`;

const [path = '', callers = ''] = process.argv.slice(2);
if (PATHS.includes(path) && /^\d*$/.test(callers)) await profile(path, Number(callers));
else {
  console.error(USAGE);
  process.exitCode = path === '--help' ? 0 : 1;
}

async function profile(name: string, chosen: number): Promise<void> {
  const folder = join(BENCH_FOLDER, 'results', 'profiles', name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  process.env[PROFILE_VARIABLE] = folder;
  // Every process of a run ends with it.
  process.setMaxListeners(0);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  for (const suite of suitesNamed([name])) {
    const contenders = suite.contenders.filter((contender) => contender.name.startsWith('goverse'));
    const most = suite.callers.at(-1) ?? 1;
    const callers = [chosen || most];
    // No targets: a short run measures the first callers then.
    await contest({ ...suite, contenders, callers, targets: [], limits: [] }, LENGTH, (line) => console.error(line));
  }
  for (const file of (await readdir(folder)).toSorted()) {
    const { busyMs, functions } = await hottestOf(join(folder, file));
    console.log(`\n${relative(process.cwd(), join(folder, file))}: busy for ${busyMs.toFixed(0)} ms`);
    for (const { what, share } of functions) console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${what}`);
  }
  process.exit(0);
}
