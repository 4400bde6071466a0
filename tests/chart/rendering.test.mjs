// What the chart renders, in every combination that charts/push-gateway/ci documents, under Helm 3 and 4.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { renderGolden, GOLDEN } from './golden.mjs';
import { CHART, COMBINATIONS, find, helm, manifests, PARALLEL, pods, render, template, valuesOf, VERSIONS } from './helm.mjs';
import { defects } from './kubernetes.mjs';

const MAX_NAME_CHARACTERS = 63;
const sameAs = (labels, selector) => Object.entries(selector).every(([name, value]) => labels[name] === value);

for (const name of Object.keys(COMBINATIONS)) {
  describe(name, PARALLEL, () => {
    let all;
    before(async () => { all = await render(name); });

    test('is lint-free, and the same under Helm 3 and 4', async () => {
      const [lint3, lint4, text3, text4] = await Promise.all([
        ...VERSIONS.map(version => helm(version, 'lint', '--strict', CHART, ...valuesOf(name))),
        ...VERSIONS.map(version => template(name, { version })),
      ]);
      for (const lint of [lint3, lint4]) assert.match(lint, /1 chart\(s\) linted, 0 chart\(s\) failed/);
      assert.equal(text3, text4);
    });

    test('is what Kubernetes knows, field by field', async () => {
      for (const manifest of all)
        assert.deepEqual(await defects(manifest), [], `${manifest.kind} ${manifest.metadata.name}`);
    });

    test('names things once, shortly enough, in the namespace, with the recommended labels', () => {
      const names = all.map(one => `${one.kind}/${one.metadata.name}`);
      assert.equal(new Set(names).size, names.length, names.join(' '));
      for (const { metadata } of all) {
        assert.ok(metadata.name.length <= MAX_NAME_CHARACTERS);
        assert.equal(metadata.namespace, 'push');
        for (const label of ['name', 'instance', 'component', 'part-of', 'managed-by'])
          assert.ok(metadata.labels[`app.kubernetes.io/${label}`], `${metadata.name}: ${label}`);
        assert.match(metadata.labels['helm.sh/chart'], /^push-gateway-\d/);
      }
    });

    test('selects its own pods and no others', () => {
      const gateway = find(all, 'Deployment', 'gateway').spec.template;
      for (const deployment of all.filter(one => one.kind === 'Deployment')) {
        assert.ok(sameAs(deployment.spec.template.metadata.labels, deployment.spec.selector.matchLabels));
        assert.equal(pods(all).filter(pod => sameAs(pod.metadata.labels, deployment.spec.selector.matchLabels)).length, 1);
        // A new version of the chart or the image must not change them: Kubernetes refuses that.
        assert.deepEqual(Object.keys(deployment.spec.selector.matchLabels), ['name', 'instance', 'component'].map(one => `app.kubernetes.io/${one}`));
      }
      for (const kind of ['PodDisruptionBudget', 'NetworkPolicy']) {
        const selector = find(all, kind)?.spec;
        if (selector && !find(all, kind).metadata.name.endsWith('-redis'))
          assert.ok(sameAs(gateway.metadata.labels, (selector.selector ?? selector.podSelector).matchLabels));
      }
      for (const constraint of gateway.spec.topologySpreadConstraints)
        assert.ok(sameAs(gateway.metadata.labels, constraint.labelSelector.matchLabels));
      const monitor = find(all, 'ServiceMonitor');
      if (monitor)
        assert.deepEqual(all.filter(one => one.kind === 'Service' && sameAs(one.metadata.labels, monitor.spec.selector.matchLabels)).map(one => one.metadata.name),
          [find(all, 'Service', '-management').metadata.name]);
    });

    test('leads every port somewhere', () => {
      for (const service of all.filter(one => one.kind === 'Service')) {
        const [pod] = pods(all).filter(one => sameAs(one.metadata.labels, service.spec.selector));
        const ports = pod.spec.containers[0].ports.map(one => one.name);
        for (const { targetPort } of service.spec.ports) assert.ok(ports.includes(targetPort), targetPort);
      }
      const service = all.find(one => one.kind === 'Service' && one.metadata.name === find(all, 'Deployment').metadata.name);
      for (const rule of find(all, 'Ingress')?.spec.rules ?? [])
        for (const { backend } of rule.http.paths)
          assert.deepEqual(backend.service, { name: service.metadata.name, port: { name: 'http' } });
      for (const rule of find(all, 'HTTPRoute')?.spec.rules ?? [])
        assert.deepEqual(rule.backendRefs, [{ name: service.metadata.name, port: service.spec.ports[0].port }]);
      const scaled = find(all, 'HorizontalPodAutoscaler')?.spec.scaleTargetRef;
      if (scaled) assert.equal(scaled.name, find(all, 'Deployment').metadata.name);
      for (const [probe, path] of Object.entries({ startupProbe: 'startup', livenessProbe: 'live', readinessProbe: 'ready' }))
        assert.deepEqual(find(all, 'Deployment').spec.template.spec.containers[0][probe].httpGet, { path: `/health/${path}`, port: 'management' });
    });

    test('mounts what it declares', () => {
      for (const { spec, metadata } of pods(all)) {
        const volumes = (spec.volumes ?? []).map(one => one.name);
        const mounts = spec.containers.flatMap(one => (one.volumeMounts ?? []).map(mount => mount.name));
        assert.deepEqual([...volumes].sort(), [...new Set(mounts)].sort(), metadata.name);
        for (const { configMap } of spec.volumes ?? [])
          if (configMap) assert.ok(find(all, 'ConfigMap', configMap.name));
      }
    });

    test('runs every pod as restricted', () => {
      for (const { spec } of pods(all)) {
        assert.equal(spec.automountServiceAccountToken, false);
        assert.equal(spec.enableServiceLinks, false);
        assert.equal(spec.securityContext.runAsNonRoot, true);
        assert.ok(spec.securityContext.runAsUser > 0);
        assert.deepEqual(spec.securityContext.seccompProfile, { type: 'RuntimeDefault' });
        for (const unwanted of ['hostNetwork', 'hostPID', 'hostIPC']) assert.equal(spec[unwanted], undefined);
        for (const { hostPath } of spec.volumes ?? []) assert.equal(hostPath, undefined);
        for (const { securityContext, resources } of [...spec.containers, ...spec.initContainers ?? []]) {
          assert.equal(securityContext.allowPrivilegeEscalation, false);
          assert.equal(securityContext.readOnlyRootFilesystem, true);
          assert.deepEqual(securityContext.capabilities, { drop: ['ALL'] });
          assert.ok(resources.limits.memory && resources.requests.cpu && resources.requests.memory);
        }
      }
      for (const account of all.filter(one => one.kind === 'ServiceAccount')) assert.equal(account.automountServiceAccountToken, false);
      assert.ok(!all.some(one => /Role/.test(one.kind)));
    });

    test('gives a pod the time that leaving takes, and has one leave after the other', () => {
      const { Shutdown } = settingsOf(all).PushGateway;
      const { minReadySeconds, progressDeadlineSeconds, strategy } = find(all, 'Deployment', 'gateway').spec;
      assert.equal(minReadySeconds, Shutdown.PauseSeconds + Shutdown.DrainSeconds);
      assert.ok(progressDeadlineSeconds > minReadySeconds);
      assert.deepEqual(strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
      const { spec } = find(all, 'Deployment').spec.template;
      assert.ok(spec.terminationGracePeriodSeconds >= Shutdown.PauseSeconds + Shutdown.DrainSeconds + 10);
      const { periodSeconds, failureThreshold } = spec.containers[0].readinessProbe;
      assert.ok(periodSeconds * failureThreshold <= Shutdown.PauseSeconds);
    });
  });
}

const settingsOf = all => JSON.parse(find(all, 'ConfigMap', 'gateway').data['appsettings.Production.json']);

test('the default rendering is the golden one; renew it with: node tests/chart/golden.mjs', async () => {
  assert.equal(await renderGolden(), readFileSync(GOLDEN, 'utf8'));
});

test('long names are cut, and stay different from each other', async () => {
  const all = await render('full', { release: 'r'.repeat(53), set: ['nameOverride=a-name-that-is-much-longer-than-anybody-should-choose-for-a-gateway', 'metrics.prometheusRule.enabled=false'] });
  for (const manifest of all) {
    assert.deepEqual(await defects(manifest), []);
    assert.ok(manifest.metadata.name.length <= MAX_NAME_CHARACTERS);
    for (const value of Object.values(manifest.metadata.labels)) assert.ok(value.length <= MAX_NAME_CHARACTERS, value);
  }
  assert.equal(new Set(all.map(one => `${one.kind}/${one.metadata.name}`)).size, all.length);
});

test('a release of the chart\'s name has that name once', async () => {
  assert.equal(find(await render('minimal', { release: 'push-gateway' }), 'Deployment').metadata.name, 'push-gateway');
});

test('labels of one\'s own are beside the recommended ones, and never in the place of those that select', async () => {
  const labels = { 'app.kubernetes.io/part-of': 'shop', 'app.kubernetes.io/name': 'other', release: 'one' };
  const all = await render({ externalRedis: { hosts: ['redis.example'] }, existingSecret: 'keys', commonLabels: labels, podLabels: { release: 'two' }, metrics: { serviceMonitor: { enabled: true, labels: { release: 'three' } } } });
  const of = metadata => [metadata.labels['app.kubernetes.io/part-of'], metadata.labels['app.kubernetes.io/name'], metadata.labels.release];
  assert.deepEqual(of(find(all, 'Service').metadata), ['shop', 'push-gateway', 'one']);
  assert.deepEqual(of(find(all, 'Deployment').spec.template.metadata), ['shop', 'push-gateway', 'two']);
  assert.deepEqual(of(find(all, 'ServiceMonitor').metadata), ['shop', 'push-gateway', 'three']);
});

describe('pods are replaced when, and only when, what they read at the start changes', PARALLEL, () => {
  const templateOf = async (values, set) => JSON.stringify(find(await render(values, { set }), 'Deployment').spec.template);
  const changes = {
    'a setting': ['full', ['settings.Api.MaxTargets=7'], true],
    'a level of the log': ['full', ['logLevels.Default=Debug'], true],
    'a secret setting': ['full', ['secretSettings.Security.Tokens.HmacSecret=another secret of 32 bytes or more 012'], true],
    'the password of Redis': ['full', ['externalRedis.password=other'], true],
    'the address of Redis': ['minimal', ['externalRedis.hosts={other:6379}'], true],
    'the grace period': ['minimal', ['shutdown.drainSeconds=30'], true],
    'the scopes of a key': ['production', ['keys.shop.Scopes={read}'], false],
    'a key in clear': ['trial', ['apiKeys[0]=another-key-0123456789'], false],
    'the number of pods': ['minimal', ['replicaCount=7'], false],
    'what is scraped': ['minimal', ['metrics.serviceMonitor.enabled=true'], false],
    'labels': ['minimal', ['commonLabels.a=b'], true],
  };
  for (const [what, [values, set, isReplaced]] of Object.entries(changes))
    test(`${what}: ${isReplaced ? 'yes' : 'no'}`, async () => {
      const [before, after] = await Promise.all([templateOf(values, []), templateOf(values, set)]);
      assert.equal(before !== after, isReplaced);
    });
});

describe('secrets', PARALLEL, () => {
  test('are in no other manifest than the Secret', async () => {
    const all = await render('full');
    const others = JSON.stringify(all.filter(one => one.kind !== 'Secret'));
    for (const secret of ['a secret of 32 bytes', 'another secret of 32', 'a secret of callbacks', 'p@ss,word', 'sha256:2cf24'])
      assert.ok(!others.includes(secret), secret);
    const { data } = find(all, 'Secret');
    assert.equal(Buffer.from(data['redis-password'], 'base64').toString(), 'p@ss,word $(HOME) 100%');
    const { Security, Callbacks } = JSON.parse(Buffer.from(data['settings.json'], 'base64')).PushGateway;
    assert.deepEqual(Object.keys(Security.Keys), ['back-end.1']);
    assert.equal(Security.Tokens.Keys.next.Secret, 'another secret of 32 bytes or more, 0123');
    assert.equal(Callbacks.Secret, 'a secret of callbacks, of 32 bytes or more');
  });

  test('of one\'s own are read where they are, and none is made', async () => {
    const all = await render('sentinel');
    assert.equal(find(all, 'Secret'), undefined);
    const { spec } = find(all, 'Deployment').spec.template;
    assert.deepEqual(spec.volumes.find(one => one.name === 'secrets').secret,
      { secretName: 'push-gateway-keys', defaultMode: 0o440, items: [{ key: 'keys.json', path: 'settings.json' }] });
    assert.deepEqual(spec.containers[0].env.find(one => one.name === 'PushGateway__Redis__Password').valueFrom.secretKeyRef,
      { name: 'push-gateway-redis', key: 'redis-password' });
  });

  test('can be single keys, one for each setting', async () => {
    const { env } = find(await render('production'), 'Deployment').spec.template.spec.containers[0];
    assert.deepEqual(env.find(one => one.name === 'PushGateway__Callbacks__Secret').valueFrom.secretKeyRef, { name: 'push-gateway-callbacks', key: 'secret' });
  });

  test('are not mounted as one file: such a mount would never change', async () => {
    const mount = find(await render('production'), 'Deployment').spec.template.spec.containers[0].volumeMounts.find(one => one.name === 'secrets');
    assert.equal(mount.subPath, undefined);
  });
});

describe('Redis', PARALLEL, () => {
  const redisOf = async (name, set) => settingsOf(await render(name, { set })).PushGateway.Redis;
  const connections = {
    trial: 'redis://demo-push-gateway-redis:6379',
    minimal: 'redis://redis.example:6379',
    production: 'rediss://redis.example:6379?connectTimeout=2000&sslHost=redis.example',
    sentinel: 'redis://sentinel1.example,sentinel2.example,sentinel3.example:26380?serviceName=mymaster',
    cluster: 'rediss://node1.example:6379,node2.example:6379,node3.example:6379',
    connection: undefined,
  };
  for (const [name, connection] of Object.entries(connections))
    test(`${name}: ${connection ?? 'from the Secret'}`, async () => assert.equal((await redisOf(name)).Connection, connection));

  test('is not there for a pod that is alone', async () => assert.equal(await redisOf('single'), undefined));

  test('has further settings beside', async () =>
    assert.deepEqual(await redisOf('production'), { CommandTimeout: '00:00:03', Connection: connections.production, Prefix: 'shop', User: 'gateway' }));

  test('names with special characters are encoded', async () =>
    assert.equal((await redisOf('sentinel', ['externalRedis.sentinelMaster=my main&more'])).Connection.split('?')[1], 'serviceName=my%20main%26more'));
});

describe('network policy', () => {
  const policyOf = async (name, set) => (await render(name, { set })).filter(one => one.kind === 'NetworkPolicy').map(one => one.spec);

  test('lets clients, the test, Prometheus, names, Redis and what is listed through, and nothing else', async () => {
    const [{ ingress, egress, policyTypes }] = await policyOf('network-policy');
    assert.deepEqual(policyTypes, ['Ingress', 'Egress']);
    assert.deepEqual(ingress.map(rule => [rule.ports[0].port, rule.from.length]), [[8080, 2], [9090, 1]]);
    assert.deepEqual(egress.map(rule => rule.ports.map(one => one.port)), [[53, 53], [6379, 6380], [443]]);
    assert.deepEqual(egress[1].to, [{ ipBlock: { cidr: '10.20.0.0/16' } }]);
  });

  test('of the trial Redis lets the gateway alone in', async () => {
    const [, redis] = await policyOf('trial', ['networkPolicy.enabled=true']);
    assert.equal(redis.ingress[0].from[0].podSelector.matchLabels['app.kubernetes.io/component'], 'gateway');
    assert.deepEqual(redis.egress, []);
  });

  test('knows the port of Sentinels', async () => {
    const [{ egress }] = await policyOf('sentinel', ['networkPolicy.enabled=true']);
    assert.deepEqual(egress[1].ports.map(one => one.port), [6379, 26379, 26380]);
  });
});

describe('monitoring', () => {
  const rulesOf = async (set = []) => find(await render('monitoring', { set }), 'PrometheusRule')?.spec.groups.flatMap(group => group.rules);
  // Other than by the chart's own template: a mistake of the one is not one of the other.
  const files = { alerts: read('files/alerts.yaml'), dashboard: read('files/dashboard.json') };

  test('has each alert of the file, unchanged but for labels that are asked for', async context => {
    if (!files.alerts) return context.skip('there is no files/alerts.yaml');
    const expected = manifests(files.alerts)[0].groups.flatMap(group => group.rules)
      .map(rule => rule.alert ? { ...rule, labels: { ...rule.labels, team: 'push' } } : rule);
    assert.deepEqual(await rulesOf(), expected);
  });

  test('leaves alerts out, and changes them, by their names', async context => {
    if (!files.alerts) return context.skip('there is no files/alerts.yaml');
    const [first, second] = (await rulesOf()).filter(rule => rule.alert).map(rule => rule.alert);
    const rules = await rulesOf([`metrics.prometheusRule.disabled={${first}}`, `metrics.prometheusRule.overrides.${second}.for=42m`]);
    assert.ok(!rules.some(rule => rule.alert === first));
    assert.equal(rules.find(rule => rule.alert === second).for, '42m');
    await assert.rejects(rulesOf(['metrics.prometheusRule.disabled={Misspelled}']), /there is no alert Misspelled/);
  });

  test('has the dashboard of the file', async context => {
    if (!files.dashboard) return context.skip('there is no files/dashboard.json');
    assert.deepEqual(JSON.parse(find(await render('monitoring'), 'ConfigMap', '-dashboard').data['push-gateway.json']), JSON.parse(files.dashboard));
  });

  function read(path) {
    try {
      return readFileSync(`${CHART}/${path}`, 'utf8');
    } catch {
      return null;
    }
  }
});

test('scales by CPU, memory and connections', async () => {
  const { metrics, behavior, minReplicas, maxReplicas } = find(await render('autoscaling'), 'HorizontalPodAutoscaler').spec;
  assert.deepEqual(metrics.map(one => one.resource?.name ?? one.pods.metric.name), ['cpu', 'memory', 'pushgateway_connections']);
  assert.deepEqual([minReplicas, maxReplicas, behavior.scaleDown.stabilizationWindowSeconds], [3, 20, 1800]);
  assert.equal('replicas' in find(await render('autoscaling'), 'Deployment').spec, false);
});

test('probes and Prometheus pass a list of hosts, by the pod\'s own address', async () => {
  const env = find(await render('production'), 'Deployment').spec.template.spec.containers[0].env.map(one => one.name);
  const { value } = find(await render('production'), 'Deployment').spec.template.spec.containers[0].env.find(one => one.name === 'AllowedHosts');
  assert.deepEqual(value.split(';'), ['push.example.com', '$(POD_IP)', 'demo-push-gateway', 'demo-push-gateway.push', 'demo-push-gateway.push.svc', 'demo-push-gateway.push.svc.cluster.local']);
  // Kubernetes replaces only what is defined before.
  assert.ok(env.indexOf('POD_IP') < env.indexOf('AllowedHosts'));
});

test('the notes have the first request, and warn of what is not for production', async () => {
  // Nothing is there to install to; what the notes become shows a rendering as a manifest.
  const notes = async name => (await helm(4, 'install', 'demo', CHART, '--dry-run=client', '--namespace', 'push', ...valuesOf(name))).split('NOTES:')[1];
  const [trial, production, route] = await Promise.all([notes('trial'), notes('production'), notes('gateway-api')]);
  assert.match(trial, /curl http:\/\/localhost:8080\/v1\/notifications -H "X-API-Key: \$KEY"/);
  // What stands behind the pipe finds the key in what kubectl would print.
  const [, sed] = /\| (sed -n '.*')\)/.exec(trial);
  const file = Buffer.from(find(await render('trial'), 'Secret').data['settings.json'], 'base64');
  assert.equal(execFileSync('sh', ['-c', sed], { input: file, encoding: 'utf8' }).trim(), 'try-out-key-0123456789');
  assert.match(trial, /WARNING: redis.enabled/);
  assert.match(trial, /WARNING: apiKeys/);
  assert.match(production, /wss:\/\/push.example.com\/connection\/websocket/);
  assert.doesNotMatch(production, /WARNING/);
  assert.match(route, /wss:\/\/push.example.com/);
});
