// Rules, dashboard and runbook speak of what there is: metrics and labels of docs/operations.md, and each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TARGET_LABELS, documentedMetrics, seriesOf } from './contract.mjs';
import { namesIn } from './promql.mjs';
import { DASHBOARD, RULES, panels, promtool, queries, read, rules } from './repository.mjs';

const all = rules();
const alerts = all.filter(rule => rule.kind === 'alert');
const records = all.filter(rule => rule.kind === 'record');
const known = new Map([...documentedMetrics()].flatMap(([name, metric]) => seriesOf(name, metric)).map(([name, labels]) => [name, new Set([...labels, ...TARGET_LABELS])]));
known.set('ALERTS', new Set(['alertname', 'alertstate', ...TARGET_LABELS]));
for (const { name, expr } of records) known.set(name, new Set([...namesIn(expr).labels].filter(label => label !== 'le')));

function assertKnown(expression) {
  const { metrics, labels } = namesIn(expression);
  assert.notEqual(metrics.length, 0, `names no metric: ${expression}`);
  for (const { name, labels: selected } of metrics) {
    assert.ok(known.has(name), `docs/operations.md has no metric ${name}: ${expression}`);
    for (const label of selected) assert.ok(known.get(name).has(label), `docs/operations.md has no label ${label} of ${name}: ${expression}`);
  }
  const possible = new Set(metrics.flatMap(({ name }) => [...known.get(name)]));
  for (const label of labels) assert.ok(possible.has(label), `none of the metrics has the label ${label}: ${expression}`);
}

test('Prometheus takes the rules, and as many as are tested', async () => {
  const said = await promtool(['check', 'rules'], 'alerts.yaml', read(RULES));
  assert.equal(Number(/(\d+) rules found/.exec(said)[1]), all.length);
  assert.equal(new Set(all.map(rule => rule.name)).size, all.length, 'two rules have the same name');
});

test('Rules name metrics and labels that are documented', () => {
  for (const { expr } of all) assertKnown(expr);
});

test('Each recorded series is used, shown or quoted', () => {
  const used = new Set([...all.map(rule => rule.expr), ...queries(), ...quoted()].flatMap(expression => namesIn(expression).metrics.map(metric => metric.name)));
  assert.deepEqual(records.map(rule => rule.name).filter(name => !used.has(name)), []);
});

test('Each alert says how bad it is, what is wrong, and where to read on', () => {
  for (const { name, severity, summary, description, runbook_url: runbook } of alerts) {
    assert.match(name, /^PushGateway[A-Z]/);
    assert.match(severity, /^(critical|warning)$/, name);
    assert.match(summary, /\.$/, name);
    assert.match(description, /\{\{.*\.("|$)/s, `${name} says of no gateway or node that it is the one`);
    assert.equal(runbook, `docs/runbook.md#${name.toLowerCase()}`);
  }
});

test('Each alert has a section in the runbook, and each section of an alert is one of an alert', () => {
  const sections = [...read('docs/runbook.md').matchAll(/^### (\S+)\n\n([^]*?)(?=^##|(?![^]))/gm)];
  assert.deepEqual(sections.map(([, name]) => name).sort(), alerts.map(rule => rule.name).sort());
  for (const [, name, text] of sections) assert.match(text, /^[^]*\*\*Look\*\*[^]*\*\*Do\*\*/, `${name} does not say what to look at and what to do`);
});

test('The runbook quotes alerts, metrics and expressions that there are', async () => {
  const text = read('docs/runbook.md');
  for (const [, name] of text.matchAll(/\b(PushGateway[A-Z]\w+)\b/g)) assert.ok(alerts.some(rule => rule.name === name), `there is no alert ${name}`);
  for (const expression of quoted()) assertKnown(expression);
  await parses(quoted());
});

test('Prometheus understands all that the dashboard asks', () => parses(queries()));

test('The dashboard names metrics and labels that are documented', () => {
  for (const query of queries()) assertKnown(query);
});

test('Each metric of the gateway is shown by the dashboard', () => {
  const shown = queries().flatMap(query => namesIn(query).metrics.map(metric => metric.name.replace(/_(bucket|sum|count)$/, '')));
  const own = [...documentedMetrics().keys()].filter(name => name.startsWith('pushgateway_'));
  assert.ok(own.length > 30, 'the tables of docs/operations.md were not read');
  assert.deepEqual(own.filter(name => !shown.includes(name)), []);
});

test('Each panel of the dashboard says what it shows, in which unit, and of what', () => {
  const dashboard = JSON.parse(read(DASHBOARD));
  const ids = dashboard.panels.map(panel => panel.id);
  assert.equal(new Set(ids).size, ids.length, 'two panels have the same id');
  assert.equal(new Set(panels().map(panel => panel.title)).size, panels().length, 'two panels have the same title');
  for (const { title, description, datasource, fieldConfig, targets } of panels()) {
    assert.match(description ?? '', /^[^]{20,}\.$/, `${title} has no description`);
    assert.ok(fieldConfig.defaults.unit, `${title} has no unit`);
    assert.equal(new Set(targets.map(target => target.refId)).size, targets.length, title);
    for (const target of targets) {
      assert.equal(target.datasource.uid, '${datasource}', title);
      assert.ok(target.legendFormat, `${title} has no legend`);
      for (const [, label] of target.legendFormat.matchAll(/\{\{(\w+)\}\}/g)) assert.ok(namesIn(target.expr).labels.has(label), `${title}: the legend names ${label}, which the expression does not keep`);
    }
    assert.equal(datasource.uid, '${datasource}', title);
  }
});

test('The dashboard asks for what the variables choose, and lies on no other panel', () => {
  const dashboard = JSON.parse(read(DASHBOARD));
  assert.deepEqual(dashboard.templating.list.map(variable => variable.name), ['datasource', 'namespace', 'job', 'instance']);
  assert.equal(dashboard.uid, undefined, 'several releases may be in one Grafana');
  for (const { title, targets } of panels()) for (const { expr } of targets) assert.match(expr, /namespace=~"\$namespace"/, title);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`));
  assert.equal(new Set(cells).size, cells.length, 'panels overlap');
});

test('The links of the runbook lead to files and headings that there are', () => {
  const slug = heading => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
  for (const [link, path, anchor] of read('docs/runbook.md').matchAll(/\]\(([^)#]*)(?:#([^)]*))?\)/g)) {
    const text = read(`docs/${path || 'runbook.md'}`);
    if (anchor) assert.ok([...text.matchAll(/^#+ (.*)$/gm)].some(match => slug(match[1]) === anchor), link);
  }
});

test('Documents link to the runbook', () => {
  assert.match(read('README.md'), /\]\(docs\/runbook\.md\)/);
  assert.match(read('docs/operations.md'), /\]\(runbook\.md\)/);
});

// What the runbook asks, in blocks with one expression a line, and in its text.
function quoted() {
  const text = read('docs/runbook.md');
  const blocks = [...text.matchAll(/```promql\n([^]*?)```/g)].flatMap(match => match[1].trim().split('\n'));
  const inline = [...text.matchAll(/`([^`\n]*(?:pushgateway_|job_?\w*:|http_|dotnet_)[^`\n]*)`/g)].map(match => match[1]).filter(code => !/^(kubectl|curl|redis-cli|proxy_)/.test(code));
  return [...blocks, ...inline];
}

// promtool reads expressions in rules: one for each.
async function parses(expressions) {
  const file = { groups: [{ name: 'asked', rules: expressions.map((expr, number) => ({ record: `asked:${number}`, expr })) }] };
  await promtool(['check', 'rules'], 'asked.json', file);
}
