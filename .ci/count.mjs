// Prints the closing line from the JSON reports of the test runner and of chaos, which has the same form; a missing report or a run without tests is a failure.
import { readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
let broken = 0;
for (const file of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    if (report.numTotalTests === 0 || (!report.success && report.numFailedTests === 0)) broken++;
  } catch (error) {
    console.error(`No report of the test runner: ${error.message}`);
    broken++;
  }
}
console.log(`${passed} passed, ${failed + broken} failed`);
process.exit(failed + broken === 0 && passed > 0 ? 0 : 1);
