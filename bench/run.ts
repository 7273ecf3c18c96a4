import { join } from 'node:path';
import { USAGE, readBenchOptions, type BenchOptions } from './bench-options.js';
import { contest } from './contest.js';
import { BENCH_FOLDER } from './peer-package.js';
import { PROFILE_VARIABLE } from './server-process.js';
import { tableOf } from './report.js';
import { saveResults } from './saved-results.js';
import { limitVerdictsOf, linesOf, verdictsOf } from './statistics.js';
import { suitesNamed } from './suites/index.js';

const options = readBenchOptions(process.argv.slice(2));
if (options === 'help') console.log(USAGE);
else await main(options);

async function main(chosen: BenchOptions): Promise<void> {
  // Every process of a run ends with it.
  process.setMaxListeners(0);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const { suites, length, only, profile, name } = chosen;
  if (profile) process.env[PROFILE_VARIABLE] = join(BENCH_FOLDER, 'results', 'profiles');
  for (const whole of suitesNamed(suites)) {
    const suite = { ...whole, contenders: whole.contenders.filter((contender) => contender.name.startsWith(only)) };
    const rows = await contest(suite, length, (line) => process.stderr.write(`${line}\n`));
    const lines = linesOf(suite, rows);
    const result = {
      suite: { name: suite.name, unit: suite.unit, byCpu: suite.byCpu === true },
      length: { rounds: suite.rounds ?? length.rounds, roundMs: Math.max(length.roundMs, suite.roundMs ?? 0) },
      lines,
      verdicts: verdictsOf(suite, lines),
      limitVerdicts: limitVerdictsOf(suite, lines),
    };
    console.log(`\n${tableOf(result)}`);
    await saveResults(name, [result]);
  }
  process.exit(0);
}
