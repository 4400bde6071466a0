// The default rendering, kept beside the tests so that a change of it is seen in review. To renew it: node tests/chart/golden.mjs
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { template } from './helm.mjs';

export const GOLDEN = fileURLToPath(new URL('golden.yaml', import.meta.url));

export const renderGolden = () => template('minimal');

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(GOLDEN, await renderGolden());
