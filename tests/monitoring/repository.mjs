// What is tested, as it is in the tree, and the tool that reads it.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const unpacked = join(root, 'artifacts/prometheus/promtool');

export const pathOf = path => join(root, path);
export const read = path => readFileSync(pathOf(path), 'utf8');

export const RULES = 'charts/push-gateway/files/alerts.yaml';
export const DASHBOARD = 'charts/push-gateway/files/dashboard.json';

/** The rules of alerts.yaml, in which every field of a rule has a line of its own. Checked against what promtool counts. */
export function rules() {
  return read(RULES)
    .split(/^ {6}- (?=record:|alert:)/m)
    .slice(1)
    .map(text => {
      const field = name => new RegExp(`^ *${name}: *(?:\\|-\\n((?: {10,}.*\\n)+)|(.*))`, 'm').exec(text)?.slice(1).find(Boolean)?.trim();
      const [, kind, name] = /^(record|alert): (\S+)/.exec(text);
      return { kind, name, ...Object.fromEntries(['expr', 'severity', 'summary', 'description', 'runbook_url'].map(key => [key, field(key)])) };
    });
}

/** The panels of the dashboard that ask something, and what is asked beside them: annotations. */
export function panels() {
  return JSON.parse(read(DASHBOARD)).panels.filter(panel => panel.type !== 'row');
}

/** All that the dashboard asks, with variables replaced by what Grafana would put there. */
export function queries() {
  const dashboard = JSON.parse(read(DASHBOARD));
  const asked = [...panels().flatMap(panel => panel.targets.map(target => target.expr)), ...dashboard.annotations.list.flatMap(({ expr }) => expr ?? [])];
  return asked.map(expr => expr.replaceAll('$__rate_interval', '5m').replace(/"\$(namespace|job|instance)"/g, '".*"'));
}

/** Runs promtool on a file of its own. What it says is in the error when it refuses. */
export async function promtool(command, name, content, directory = undefined) {
  const work = directory ?? mkdtempSync(join(tmpdir(), 'push-gateway-monitoring-'));
  try {
    const file = join(work, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content)); // JSON is YAML.
    const tool = process.env.PUSHGATEWAY_TEST_PROMTOOL || (existsSync(unpacked) ? unpacked : 'promtool');
    return (await run(tool, [...command, file], { timeout: 200_000 })).stdout;
  } catch (error) {
    // A machine may be busy with other tests; what takes this long hangs.
    if (error.killed) throw new Error(`${command.join(' ')} took too long.`, { cause: error });
    throw new Error(`${error.stdout ?? ''}${error.stderr || error.message}`.slice(0, 4_000));
  } finally {
    if (!directory) rmSync(work, { recursive: true });
  }
}
