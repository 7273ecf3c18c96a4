import { writeFileSync } from 'node:fs';

/** What became of one scenario. */
export interface ScenarioVerdict {
  readonly name: string;
  readonly problems: readonly string[];
}

/** Prints the closing line and writes the result in the form of the test runner. Returns whether all is well. */
export function closeRun(verdicts: readonly ScenarioVerdict[], json: string | undefined): boolean {
  const failed = verdicts.filter(({ problems }) => problems.length > 0);
  const success = failed.length === 0 && verdicts.length > 0;
  const report = {
    numTotalTests: verdicts.length,
    numPassedTests: verdicts.length - failed.length,
    numFailedTests: failed.length,
    success,
    scenarios: verdicts,
  };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  for (const { name, problems } of failed) console.log(`FAILED ${name}: ${problems[0]}`);
  console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed`);
  return success;
}
