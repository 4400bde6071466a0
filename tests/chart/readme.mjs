// The table of values in the chart's README, from the comments in values.yaml that begin with "-- ". To renew it: node tests/chart/readme.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMap, isScalar, parseDocument } from 'yaml';
import { CHART } from './helm.mjs';

export const README = join(CHART, 'README.md');
export const VALUES = join(CHART, 'values.yaml');
const [BEGIN, END] = ['<!-- values: made by tests/chart/readme.mjs -->', '<!-- end of values -->'];

/** Every value that can be set: its path, what its comment says, and its default. */
export const rows = () => [...walk(parseDocument(readFileSync(VALUES, 'utf8')).contents, '')];

// A comment is about the name below it; one about the first name of a map hangs on the map.
function* walk(map, path) {
  for (const [i, { key, value }] of map.items.entries()) {
    const name = path + key.value;
    const comment = key.commentBefore ?? (i === 0 ? map.commentBefore : null) ?? '';
    const from = comment.lastIndexOf(' -- ');
    const text = from < 0 ? null : comment.slice(from + 4).split('\n').map(line => line.trim()).join(' ');
    const isSection = isMap(value) && value.items.length > 0 && text === null;
    if (isSection || (isMap(value) && value.items.some(hasText))) yield* walk(value, `${name}.`);
    else yield { name, text, value: isScalar(value) ? value.value : value.toJSON() };
  }
}

const hasText = ({ key }) => / -- /.test(key.commentBefore ?? '');

export function renew(readme) {
  const table = rows().map(({ name, text, value }) => `| \`${name}\` | ${shown(value)} | ${(text ?? '').replaceAll('|', '\\|')} |`);
  const [before, after] = [readme.slice(0, readme.indexOf(BEGIN)), readme.slice(readme.indexOf(END))];
  return `${before}${BEGIN}\n| value | default | what it is |\n|---|---|---|\n${table.join('\n')}\n${after}`;
}

const shown = value => value === '' || value === null ? '' : `\`${JSON.stringify(value)}\``;

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(README, renew(readFileSync(README, 'utf8')));
