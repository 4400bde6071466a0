// Adds up the CTRF reports of the test projects: sum.mjs REPORT... The last line is "N passed, N failed[, N skipped]".
// Ends with an error if a report is missing or torn, if a test failed, or if no test ran.
import { readFileSync } from 'node:fs';

const sum = { passed: 0, failed: 0, skipped: 0 };
let complete = true;

for (const path of process.argv.slice(2)) {
  try {
    for (const test of JSON.parse(readFileSync(path, 'utf8')).results.tests) {
      if (test.status === 'passed') sum.passed++;
      else if (test.status === 'skipped' || test.status === 'pending') sum.skipped++;
      else sum.failed++;
    }
  } catch (error) {
    console.log(`No usable report: ${error.message}`);
    complete = false;
  }
}

if (sum.passed + sum.failed === 0) console.log('No test ran.');
console.log(`${sum.passed} passed, ${sum.failed} failed` + (sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''));
process.exitCode = complete && sum.failed === 0 && sum.passed > 0 ? 0 : 1;
