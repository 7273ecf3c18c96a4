import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { USAGE, readBenchOptions, type BenchOptions } from './bench-options.js';
import { chartOf } from './chart.js';
import { contest } from './contest.js';
import { BENCH_FOLDER } from './peer-package.js';
import { PROFILE_VARIABLE } from './server-process.js';
import { tableOf, type SuiteResult } from './report.js';
import { linesOf, verdictsOf } from './statistics.js';
import { suitesNamed } from './suites/index.js';

const options = readBenchOptions(process.argv.slice(2));
if (options === 'help') console.log(USAGE);
else await main(options);

async function main(chosen: BenchOptions): Promise<void> {
  // Every process of a run ends with it.
  process.setMaxListeners(0);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const { suites, length, only, profile } = chosen;
  if (profile) process.env[PROFILE_VARIABLE] = join(BENCH_FOLDER, 'results', 'profiles');
  const results: SuiteResult[] = [];
  for (const whole of suitesNamed(suites)) {
    const suite = { ...whole, contenders: whole.contenders.filter((contender) => contender.name.startsWith(only)) };
    const rows = await contest(suite, length, (line) => process.stderr.write(`${line}\n`));
    const lines = linesOf(suite, rows);
    const result = { suite, lines, verdicts: verdictsOf(suite, lines) };
    results.push(result);
    console.log(`\n${tableOf(result)}`);
  }
  await save(results, chosen);
  process.exit(0);
}

async function save(results: readonly SuiteResult[], { name, length }: BenchOptions): Promise<void> {
  const folder = join(BENCH_FOLDER, 'results');
  await mkdir(folder, { recursive: true });
  const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, node: process.version };
  const plain = results.map(({ suite, lines, verdicts }) => ({
    suite: { name: suite.name, unit: suite.unit, byCpu: suite.byCpu === true },
    lines,
    verdicts,
  }));
  const about = `${machine.cores} cores (${machine.cpu}), Node.js ${machine.node}; ${length.rounds} rounds of ${length.roundMs} ms`;
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ machine, length, results: plain }, null, 2)}\n`);
  await writeFile(join(folder, `${name}.md`), [`${about}\n`, ...results.map(tableOf)].join('\n'));
  await writeFile(join(folder, `${name}.svg`), chartOf(results));
}
