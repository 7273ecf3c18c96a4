import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { chartOf } from './chart.js';
import { BENCH_FOLDER } from './peer-package.js';
import { tableOf, type SuiteResult } from './report.js';
import { suitesNamed } from './suites/index.js';

interface Saved {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly results: readonly SuiteResult[];
}

/**
 * Writes `bench/results/<name>.{md,json,svg}`. Suites measured before, on the same machine and Node.js, stay in them: a whole
 * run takes long, and may be made in parts.
 */
export async function saveResults(name: string, measured: readonly SuiteResult[]): Promise<void> {
  const folder = join(BENCH_FOLDER, 'results');
  await mkdir(folder, { recursive: true });
  const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, node: process.version };
  const before = await savedAt(join(folder, `${name}.json`));
  const kept = JSON.stringify(before?.machine) === JSON.stringify(machine) ? (before?.results ?? []) : [];
  const order = suitesNamed([]).map((suite) => suite.name);
  const results = [...kept.filter((old) => !measured.some(({ suite }) => suite.name === old.suite.name)), ...measured];
  const sorted = results.toSorted((a, b) => order.indexOf(a.suite.name) - order.indexOf(b.suite.name));
  const about = `${machine.cores} cores (${machine.cpu}), Node.js ${machine.node}`;
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ machine, results: sorted }, null, 2)}\n`);
  await writeFile(join(folder, `${name}.md`), [`${about}\n`, ...sorted.map(tableOf)].join('\n'));
  await writeFile(join(folder, `${name}.svg`), chartOf(sorted));
}

/** Undefined where there is none, or one that cannot be read. */
async function savedAt(file: string): Promise<Saved | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Saved;
  } catch {
    return undefined;
  }
}
