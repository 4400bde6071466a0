// The real server takes what the chart gives it: it is started with the files and the environment of the rendered pod, and `helm test` is run as its pod would.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { find, render, ROOT } from './helm.mjs';

const BUILT = join(ROOT, 'src/PushGateway.Server/bin/Release/net10.0');
const START_MS = 60_000;
const POD = { POD_IP: '127.0.0.1', POD_NAME: 'demo-0' };


/** A folder with what the pod would have at its mounts, and its environment. */
function machine(all, spec) {
  const folder = mkdtempSync(join(tmpdir(), 'push-gateway-pod-'));
  const at = path => join(folder, path);
  const write = (path, content) => { mkdirSync(dirname(at(path)), { recursive: true }); writeFileSync(at(path), content); };
  const secret = (name, key) => {
    const own = all.find(one => one.kind === 'Secret' && one.metadata.name === name);
    assert.ok(own, `Secret ${name} is not the chart's`);
    return Buffer.from(own.data[key], 'base64');
  };

  const [container] = spec.containers;
  mkdirSync(at('app'));
  copyFileSync(join(BUILT, 'appsettings.json'), at('app/appsettings.json'));
  for (const { name, mountPath, subPath } of container.volumeMounts) {
    const volume = spec.volumes.find(one => one.name === name);
    if (volume.configMap) write(mountPath, find(all, 'ConfigMap', volume.configMap.name).data[subPath]);
    for (const { key, path } of volume.secret?.items ?? []) write(join(mountPath, path), secret(volume.secret.secretName, key));
  }

  const env = {};
  for (const { name, value, valueFrom } of container.env) {
    const given = valueFrom?.fieldRef ? POD[name] : valueFrom?.secretKeyRef ? secret(valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key).toString() : value;
    env[name] = valueFrom ? given : given.replace(/\$\((\w+)\)/g, (all, other) => env[other] ?? all).replace(/^\/etc\//, `${folder}/etc/`);
  }
  return { folder, env, cwd: at('app') };
}

function start({ env, cwd }, args = []) {
  const process_ = spawn('dotnet', [join(BUILT, 'PushGateway.Server.dll'), ...args],
    { cwd, env: { PATH: process.env.PATH, HOME: cwd, DOTNET_ROOT: process.env.DOTNET_ROOT ?? '', DOTNET_hostBuilder__reloadConfigOnChange: 'false', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [process_.stdout, process_.stderr]) stream.setEncoding('utf8').on('data', text => { said += text; });
  return { process: process_, said: () => said, ended: once(process_, 'close').then(([code]) => code) };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

const pause = () => new Promise(done => setTimeout(done, 50));

async function answers(url, server) {
  const until = Date.now() + START_MS;
  while (Date.now() < until && server.process.exitCode === null) {
    try {
      return await fetch(url);
    } catch {
      await pause();
    }
  }
  assert.fail(server.said());
}

describe('the server', { concurrency: 3, skip: existsSync(join(BUILT, 'PushGateway.Server.dll')) ? false : 'there is no Release build of it' }, () => {
  const folders = [];
  after(() => folders.forEach(folder => rmSync(folder, { recursive: true })));

  async function running(name, values, use) {
    const [clients, management] = [await freePort(), await freePort()];
    const all = await render(name, { set: [`management.port=${management}`, 'shutdown.pauseSeconds=0', 'shutdown.drainSeconds=0', 'readinessProbe.failureThreshold=1', ...values] });
    const pod = machine(all, find(all, 'Deployment', 'gateway').spec.template.spec);
    folders.push(pod.folder);
    const server = start({ ...pod, env: { ...pod.env, ASPNETCORE_HTTP_PORTS: String(clients) } });
    try {
      await use({ all, folder: pod.folder, server, clients: `http://127.0.0.1:${clients}`, management: `http://127.0.0.1:${management}` });
    } finally {
      server.process.kill('SIGTERM');
      assert.equal(await server.ended, 0, server.said());
    }
  }

  async function helmTest(all, clients) {
    const { spec } = find(all, 'Pod', '-check');
    const pod = machine(all, spec);
    folders.push(pod.folder);
    const check = start(pod, spec.containers[0].args.map(arg => arg.startsWith('http://') ? clients : arg));
    assert.equal(await check.ended, 0, check.said());
    return check.said();
  }

  test('starts with the settings of one pod, answers its probes on the management port alone, and passes helm test', () =>
    running('single', [], async ({ all, server, clients, management }) => {
      for (const probe of ['startup', 'live', 'ready'])
        assert.equal((await answers(`${management}/health/${probe}`, server)).status, 200);
      assert.match(await (await fetch(`${management}/metrics`)).text(), /^pushgateway_connections/m);
      assert.equal((await fetch(`${clients}/metrics`)).status, 404);
      assert.equal((await fetch(`${clients}/health/ready`)).status, 404);

      assert.match(await helmTest(all, clients), /as user push-gateway-check[^]*received[^]*Good/);
    }));

  test('passes helm test as it is tried out, anonymously', () =>
    running('trial', ['redis.enabled=false', 'replicaCount=1'], async ({ all, server, clients, management }) => {
      await answers(`${management}/health/ready`, server);
      assert.match(await helmTest(all, clients), /anonymously[^]*published {2}to news:check[^]*Good/);
    }));

  test('takes keys without a restart, where they are mounted', () =>
    running('single', [], async ({ folder, server, clients, management }) => {
      await answers(`${management}/health/ready`, server);
      const status = async key => (await fetch(`${clients}/v1/nodes`, { headers: { 'X-API-Key': key } })).status;
      assert.equal(await status('try-out-key-0123456789'), 200);
      // As the kubelet has it, when a Secret changed.
      const [other] = await render('single', { set: ['apiKeys[0]=another-key-0123456789'] }).then(all => all.filter(one => one.kind === 'Secret'));
      writeFileSync(join(folder, 'etc/push-gateway/secrets/settings.json'), Buffer.from(other.data['settings.json'], 'base64'));
      const until = Date.now() + START_MS;
      while (await status('another-key-0123456789') !== 200) {
        assert.ok(Date.now() < until, server.said());
        await pause();
      }
      assert.equal(await status('try-out-key-0123456789'), 401);
    }));

  test('takes every setting of the fullest combination, and says in its readiness that Redis is away', () =>
    running('full', ['externalRedis.hosts={127.0.0.1:1}', 'externalRedis.tls.caSecret=', 'externalRedis.tls.clientSecret=', 'otlp.endpoint='], async ({ server, management }) => {
      assert.equal((await answers(`${management}/health/live`, server)).status, 200);
      const ready = await fetch(`${management}/health/ready`);
      assert.equal(ready.status, 503);
      assert.match(await ready.text(), /"broker"/);
    }));

  test('lives with a list of hosts, as probes and Prometheus call it', () =>
    running('production', ['externalRedis.hosts={127.0.0.1:1}', 'externalRedis.existingSecret=', 'settingsFromSecrets=null', 'settings.Callbacks=null', 'settings.Namespaces.chat.Publish=Nobody'], async ({ server, clients, management }) => {
      for (const path of ['health/live', 'metrics'])
        assert.equal((await answers(`${management}/${path}`, server)).status, 200);
      assert.equal((await fetch(`${clients}/v1/nodes`)).status, 401);
      // Not by fetch, which sends the host of the address.
      const { request } = await import('node:http');
      const [answer] = await once(request(`${clients}/v1/nodes`, { headers: { Host: 'elsewhere.example' } }).end(), 'response');
      answer.resume();
      assert.equal(answer.statusCode, 400);
    }));

  test('says in its own words what the chart cannot know: a setting that does not exist', async () => {
    const all = await render('single', { set: ['settings.Chanels.Subscribe=Anonymous'] });
    const pod = machine(all, find(all, 'Deployment').spec.template.spec);
    folders.push(pod.folder);
    const server = start(pod);
    assert.equal(await server.ended, 1);
    assert.match(server.said(), /PushGateway:Chanels is no setting/);
  });
});
