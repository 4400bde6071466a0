// Adds up the CTRF reports of the test projects: sum.mjs REPORT... The last line is "N passed, N failed[, N skipped]".
// A report ending in .txt is the output of a check that ends with such a line itself. A project that left no usable report (it crashed,
// or was killed) counts as one failure, and so does each failure outside of a test, as in a fixture's clean-up.
// What failed is named right before that line, where somebody who only sees the end of a long log finds it.
// Ends with an error if anything failed or if no test ran.
import { readFileSync } from 'node:fs';

const sum = { passed: 0, failed: 0, skipped: 0 };
const MESSAGE_CHARACTERS = 600;

function failed(name, message = '') {
  sum.failed++;
  console.log(`failed: ${name}\n${message.slice(0, MESSAGE_CHARACTERS).replace(/^/gm, '    ')}`);
}

for (const path of process.argv.slice(2)) {
  try {
    if (path.endsWith('.txt')) {
      const [, passed, failed, skipped = 0] = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(readFileSync(path, 'utf8'));
      sum.passed += Number(passed);
      sum.failed += Number(failed);
      sum.skipped += Number(skipped);
      continue;
    }

    // The writer of the report leaves control characters in the names of tests as they are, which JSON does not allow.
    const { tests, extra } = JSON.parse(readFileSync(path, 'utf8').replace(/[\u0000-\u001f]/g, ' ')).results;
    for (const test of tests) {
      if (test.status === 'passed') sum.passed++;
      else if (test.status === 'skipped' || test.status === 'pending') sum.skipped++;
      else failed(test.name, `${test.message}\n${test.trace ?? ''}`);
    }
    for (const suite of extra?.suites ?? [])
      for (const error of suite.errors ?? []) failed('outside of a test', JSON.stringify(error));
  } catch (error) {
    failed(path, `No usable report: ${error.message}`);
  }
}

if (sum.passed + sum.failed === 0) console.log('No test ran.');
console.log(`${sum.passed} passed, ${sum.failed} failed` + (sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''));
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;
