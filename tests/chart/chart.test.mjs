// The chart as a package: what is in it, and that it says the same everywhere.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { CHART, COMBINATIONS, helm, ROOT, VERSIONS } from './helm.mjs';
import { README, renew, rows, VALUES } from './readme.mjs';

const text = (...path) => readFileSync(join(...path), 'utf8');
const schema = JSON.parse(text(CHART, 'values.schema.json'));

test('the version is the repository\'s', () => {
  const [, version] = /<VersionPrefix>(.*)<\/VersionPrefix>/.exec(text(ROOT, 'Directory.Build.props'));
  const chart = parse(text(CHART, 'Chart.yaml'));
  assert.deepEqual([chart.version, chart.appVersion], [version, version]);
});

test('the licence is the repository\'s', () => assert.equal(text(CHART, 'LICENSE'), text(ROOT, 'LICENSE')));

for (const version of VERSIONS)
  test(`Helm ${version} packs it, with its licence and README, without the files of tests`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'push-gateway-chart-'));
    try {
      await helm(version, 'package', CHART, '--destination', folder);
      const [name] = readdirSync(folder);
      assert.match(name, /^push-gateway-\d+\.\d+\.\d+\.tgz$/);
      const files = execFileSync('tar', ['-tzf', join(folder, name)], { encoding: 'utf8' }).split('\n');
      for (const file of ['LICENSE', 'README.md', 'Chart.yaml', 'values.yaml', 'values.schema.json', 'templates/NOTES.txt'])
        assert.ok(files.includes(`push-gateway/${file}`), file);
      assert.ok(!files.some(file => file.includes('/ci/')));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

describe('README', () => {
  test('is up to date; renew it with: node tests/chart/readme.mjs', () => assert.equal(text(README), renew(text(README))));

  test('says of every value what it is', () => {
    for (const row of rows()) assert.ok(row.text, `${row.name} has no comment that begins with "-- "`);
  });
});

describe('values.schema.json', () => {
  const resolved = node => node?.$ref ? schema.$defs[node.$ref.split('/').at(-1)] : node;

  test('has every value of values.yaml, and no others', () => {
    const walk = (values, node, path) => {
      assert.deepEqual(Object.keys(values).sort(), Object.keys(node.properties).filter(name => name !== 'global').sort(), path);
      for (const [name, value] of Object.entries(values)) {
        const child = resolved(node.properties[name]);
        // Of what has the form of Kubernetes' own objects, the default need not use every field.
        if (child.properties && rows().some(row => row.name.startsWith(`${path}${name}.`))) walk(value, child, `${path}${name}.`);
      }
    };
    const known = { ...schema, properties: { ...schema.properties } };
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) delete known.properties[probe];
    const values = parse(text(VALUES));
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) delete values[probe];
    walk(values, known, '');
  });

  test('is closed: what it does not know is refused, at every level', () => {
    const free = [];
    const walk = (node, path) => {
      if (node?.type === 'object' && node.additionalProperties === undefined) free.push(path);
      for (const [name, child] of Object.entries(node?.properties ?? {})) walk(child, `${path}.${name}`);
      if (node?.items) walk(node.items, `${path}[]`);
      if (typeof node?.additionalProperties === 'object') walk(node.additionalProperties, `${path}.*`);
    };
    walk(schema, '');
    for (const [name, node] of Object.entries(schema.$defs)) walk(node, name);
    // Settings are checked by the gateway, and the rest by Kubernetes.
    assert.deepEqual(free, ['.global', '.settings', '.secretSettings', '.metrics.serviceMonitor.relabelings[]', '.metrics.serviceMonitor.metricRelabelings[]', '.extraEnv[].valueFrom', '.extraVolumes[]']);
  });
});

test('each documented combination says what it is for', () => {
  for (const [name, path] of Object.entries(COMBINATIONS)) assert.match(text(path), /^# .{20,}\.\n/, name);
});

test('docs/kubernetes.md names each of them', () => {
  for (const name of Object.keys(COMBINATIONS)) assert.ok(text(ROOT, 'docs/kubernetes.md').includes(`${name}-values.yaml`), name);
});
