// A reporter of Node's test runner: what failed, in full, and in the end "N passed, N failed[, N skipped]".
import { inspect } from 'node:util';

export default async function* report(events) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details?.type === 'suite') continue;

    if (data.skip !== undefined) {
      sum.skipped++;
      yield `    skipped: ${data.name}: ${data.skip}\n`;
    } else if (type === 'test:pass') {
      sum.passed++;
    } else {
      sum.failed++;
      yield `    failed: ${data.name} (${data.file ?? ''})\n${inspect(data.details.error?.cause ?? data.details.error).replace(/^/gm, '        ')}\n`;
    }
  }
  yield `${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}\n`;
}
