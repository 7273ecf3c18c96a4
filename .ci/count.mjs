// Prints the closing line from the JSON reports of the test runner and of chaos, which has the same form, and before it each failed test by name: the end of a log is what is kept of it.
// A missing report or a run without tests is a failure.
import { readFileSync } from 'node:fs';

/** How much of a failure's message is repeated; the whole stands further up in the log. */
const MESSAGE_CHARACTERS = 2_000;

const failures = (report) =>
  (report.testResults ?? []).flatMap(({ name, message, status, assertionResults = [] }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [{ name, text: message }];
    return failed.map((test) => ({ name: `${name} > ${test.fullName}`, text: test.failureMessages?.join('\n') }));
  });

let passed = 0;
let failed = 0;
let broken = 0;
for (const file of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    if (report.numTotalTests === 0 || (!report.success && report.numFailedTests === 0)) broken++;
    for (const { name, text } of failures(report))
      console.log(`FAILED ${name}\n${String(text ?? '').slice(0, MESSAGE_CHARACTERS)}\n`);
  } catch (error) {
    console.error(`No report of the test runner: ${error.message}`);
    broken++;
  }
}
console.log(`${passed} passed, ${failed + broken} failed`);
process.exit(failed + broken === 0 && passed > 0 ? 0 : 1);
