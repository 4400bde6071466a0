// What the chart refuses, by its schema and by templates/_refusals.tpl, and what it says then.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PARALLEL, refusal, render, template, VERSIONS } from './helm.mjs';

const HASH = `sha256:${'0'.repeat(64)}`;
const least = { externalRedis: { hosts: ['redis.example:6379'] }, existingSecret: 'keys' };
const alone = { replicaCount: 1, existingSecret: 'keys' };

const combinations = {
  'an installation without values': [{}, /replicaCount is 2.*Set externalRedis\.hosts=\{redis\.example:6379\}, or redis\.enabled=true to try out, or replicaCount=1[^]*keys new --id shop --scope publish/],
  'several pods without Redis': [{ existingSecret: 'keys', replicaCount: 3 }, /replicaCount is 3/],
  'autoscaling without Redis': [{ ...alone, autoscaling: { enabled: true } }, /autoscaling\.enabled makes several pods/],
  'two Redis': [{ ...least, redis: { enabled: true } }, /Set one of them/],
  'how to log in, and not where': [{ ...alone, externalRedis: { password: 'x' } }, /says how to log in, and not where/],
  'two passwords': [{ ...least, externalRedis: { ...least.externalRedis, password: 'x', existingSecret: 'y' } }, /two passwords/],
  'a connection in no Secret': [{ existingSecret: 'keys', externalRedis: { existingSecretConnectionKey: 'uri' } }, /is a key in externalRedis\.existingSecret, which is not set/],
  'two connections': [{ ...least, externalRedis: { ...least.externalRedis, existingSecret: 'x', existingSecretConnectionKey: 'uri' } }, /is a whole connection/],
  'certificates without TLS': [{ ...least, externalRedis: { ...least.externalRedis, tls: { caSecret: 'ca' } } }, /externalRedis\.tls\.enabled=true/],
  'keys in two places': [{ ...least, apiKeys: ['0123456789abcdef'] }, /existingSecret stands in the place of keys, apiKeys and secretSettings/],
  'no key': [{ ...least, existingSecret: '' }, /there is no key of the API/],
  'a secret among the settings': [{ ...least, settings: { Security: { Tokens: { HmacSecret: 'x' } } } }, /Set secretSettings\.Security\.Tokens\.HmacSecret/],
  'a token\'s secret among the settings': [{ ...least, settings: { Security: { Tokens: { Keys: { a: { Secret: 'x' } } } } } }, /Set secretSettings\.Security\.Tokens\.Keys\.a\.Secret/],
  'keys among the settings': [{ ...least, settings: { Security: { ApiKeys: ['0123456789abcdef'] } } }, /for all to read\. Set apiKeys/],
  'keys among the secret settings': [{ ...least, existingSecret: '', secretSettings: { Security: { Keys: {} } } }, /set keys, which changes without a restart/],
  'a callback\'s secret among the settings': [{ ...least, settings: { Callbacks: { Secret: 'x' } } }, /Set secretSettings\.Callbacks\.Secret/],
  'Redis\' password among the settings': [{ ...least, settings: { Redis: { Password: 'x' } } }, /Set externalRedis\.existingSecret/],
  'a setting that has a value of its own': [{ ...least, settings: { Shutdown: { DrainSeconds: 60 } } }, /settings\.Shutdown\.DrainSeconds: set shutdown\.drainSeconds/],
  'a connection among the settings': [{ ...alone, settings: { Redis: { Connection: 'x' } } }, /settings\.Redis\.Connection: set externalRedis\.hosts/],
  'a setting of the chart': [{ ...least, settings: { SettingsFile: 'x' } }, /settings\.SettingsFile is set by the chart/],
  'a section written otherwise': [{ ...least, settings: { shutdown: {} } }, /settings\.shutdown: write settings\.Shutdown/],
  'less time than leaving takes': [{ ...least, shutdown: { drainSeconds: 100 }, terminationGracePeriodSeconds: 60 }, /is 60.*it takes 115/],
  'one port for two things': [{ ...least, management: { port: 8080 } }, /management\.port is 8080/],
  'fewer at most than at least': [{ ...least, autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 3 } }, /minReplicas is 5, more than autoscaling\.maxReplicas, 3/],
  'autoscaling by nothing': [{ ...least, autoscaling: { enabled: true, targetCPUUtilizationPercentage: null } }, /no target/],
  'a target that no pod reaches': [{ ...least, autoscaling: { enabled: true, targetConnections: 50000 } }, /no more than maxConnections, 40000/],
  'percent of nothing': [{ ...least, autoscaling: { enabled: true }, resources: { requests: { cpu: null } } }, /percent of resources\.requests\.cpu/],
  'a budget that lets nobody go': [{ ...least, podDisruptionBudget: { maxUnavailable: 0 } }, /maxUnavailable is 0: no node of the cluster could ever be drained/],
  'a budget that keeps all': [{ ...least, podDisruptionBudget: { maxUnavailable: null, minAvailable: 2 } }, /minAvailable is 2 of 2 pods/],
  'a budget that keeps all, in percent': [{ ...least, podDisruptionBudget: { maxUnavailable: null, minAvailable: '100%' } }, /minAvailable is 100% of 2 pods/],
  'a budget in two ways': [{ ...least, podDisruptionBudget: { minAvailable: 1 } }, /of which Kubernetes takes one/],
  'a budget of nothing': [{ ...least, podDisruptionBudget: { maxUnavailable: null } }, /neither maxUnavailable nor minAvailable/],
  'an Ingress without a name': [{ ...least, ingress: { enabled: true } }, /Set ingress\.hosts/],
  'a route without a Gateway': [{ ...least, httpRoute: { enabled: true } }, /set httpRoute\.parentRefs/],
  'a monitor without metrics': [{ ...least, metrics: { enabled: false, serviceMonitor: { enabled: true } } }, /need metrics/],
  'a variable twice': [{ ...least, extraEnv: [{ name: 'ASPNETCORE_HTTP_PORTS', value: '80' }] }, /the environment has ASPNETCORE_HTTP_PORTS twice/],
  'a setting from two Secrets': [{ ...least, externalRedis: { ...least.externalRedis, existingSecret: 'x' }, settingsFromSecrets: { 'Redis:Password': { name: 'a', key: 'b' } } }, /the environment has PushGateway__Redis__Password twice/],
  'a volume twice': [{ ...least, extraVolumes: [{ name: 'settings', emptyDir: {} }] }, /volumes has settings twice/],
  'no account': [{ ...least, serviceAccount: { create: false } }, /serviceAccount\.name says of no other/],
};

describe('combinations that cannot work are refused, with what to set instead', PARALLEL, () => {
  for (const [what, [values, words]] of Object.entries(combinations))
    test(what, async () => assert.match(await refusal(values), words));

  test('all of them at once', async () => {
    const said = await refusal({ ingress: { enabled: true }, management: { port: 8080 } });
    assert.equal(said.match(/^ {2}- /gm).length, 4);
  });

  test('by Helm 3 in the same words', async () => {
    const [three, four] = await Promise.all(VERSIONS.map(version => refusal({}, { version })));
    const words = said => said.slice(said.indexOf('This cannot work')).trim();
    assert.equal(words(three), words(four));
  });
});

describe('what works is not refused', PARALLEL, () => {
  const fine = {
    'one pod without Redis': alone,
    'no key where there is no API': { replicaCount: 1, settings: { Api: { Enabled: false } } },
    'a key in the environment': { replicaCount: 1, extraEnv: [{ name: 'PushGateway__Security__Keys__shop__Hash', value: HASH }] },
    'a key from somebody else\'s Secret': { replicaCount: 1, settingsFromSecrets: { 'Security:ApiKeys:0': { name: 'a', key: 'b' } } },
    'another section of the same Redis': { ...least, settings: { Redis: { LeaseDuration: '00:00:10' }, Connections: { PingInterval: '00:00:20' } } },
    'public keys of tokens': { ...least, settings: { Security: { Tokens: { Keys: { a: { PublicKey: 'x' } }, JwksUri: 'https://id.example/keys' } } } },
    'a budget of one pod': { ...alone, podDisruptionBudget: { maxUnavailable: 1 } },
    'several pods that leave at once': { ...alone, minReadySeconds: 0 },
    'no probe that restarts': { ...alone, livenessProbe: null },
    'no fixed user, as OpenShift gives its own': { ...alone, podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null } },
    'a subchart\'s global values': { ...alone, global: { anything: true } },
  };
  for (const [what, values] of Object.entries(fine))
    test(what, () => template(values));

  test('nothing else than "settings" is changed by it', async () => {
    const settings = { Redis: { LeaseDuration: '00:00:10' }, Connections: { PingInterval: '00:00:20' }, Namespaces: { news: {} } };
    const map = (await render({ ...least, settings })).find(one => one.kind === 'ConfigMap');
    const { Redis, Connections, Namespaces } = JSON.parse(map.data['appsettings.Production.json']).PushGateway;
    assert.deepEqual([Redis.LeaseDuration, Connections, Namespaces], ['00:00:10', { MaxConnections: 40000, PingInterval: '00:00:20' }, { news: {} }]);
  });
});

describe('values that are none are refused', PARALLEL, () => {
  const wrong = {
    'a misspelled value': { replicacount: 3 },
    'a misspelled value in the image': { image: { repo: 'x' } },
    'in externalRedis': { externalRedis: { host: 'x' } },
    'in its TLS': { externalRedis: { tls: { enable: true } } },
    'in redis': { redis: { enable: true } },
    'in a key': { keys: { shop: { Hash: HASH, Scopes: ['publish'], Namespace: 'news' } } },
    'in autoscaling': { autoscaling: { targetCPU: 50 } },
    'in its behaviour': { autoscaling: { behavior: { scaledown: {} } } },
    'in the budget': { podDisruptionBudget: { maxunavailable: 1 } },
    'in the ingress': { ingress: { host: 'x' } },
    'in its TLS list': { ingress: { tls: [{ secret: 'x' }] } },
    'in the route': { httpRoute: { parentRefs: [{ gateway: 'x' }] } },
    'in its time-outs': { httpRoute: { timeouts: { idle: '0s' } } },
    'in the network policy': { networkPolicy: { egress: [] } },
    'in a peer': { networkPolicy: { clients: [{ cidr: 'x' }] } },
    'in metrics': { metrics: { servicemonitor: {} } },
    'in the monitor': { metrics: { serviceMonitor: { every: '30s' } } },
    'in the override of an alert': { metrics: { prometheusRule: { overrides: { A: { threshold: 1 } } } } },
    'in otlp': { otlp: { url: 'x' } },
    'in shutdown': { shutdown: { drain: 20 } },
    'in a probe': { readinessProbe: { period: 1 } },
    'in a security context': { securityContext: { readOnlyRootFileSystem: true } },
    'in the pod\'s security context': { podSecurityContext: { runAsNonroot: true } },
    'in a variable': { extraEnv: [{ nam: 'x' }] },
    'in resources': { resources: { limit: {} } },
    'in the service': { service: { ports: 80 } },
    'in a toleration': { tolerations: [{ keys: 'x' }] },
    'in helmTest': { helmTest: { enable: true } },
    'a port that is none': { service: { port: 70000 } },
    'no pods': { replicaCount: 0 },
    'half a pod': { replicaCount: 1.5 },
    'a number as text': { replicaCount: '2' },
    'a hash that is none': { keys: { shop: { Hash: 'pgk_shop_secret', Scopes: ['publish'] } } },
    'an unknown scope': { keys: { shop: { Hash: HASH, Scopes: ['write'] } } },
    'a key without scopes': { keys: { shop: { Hash: HASH } } },
    'an id of a key that cannot be': { keys: { 'a_b': { Hash: HASH, Scopes: ['read'] } } },
    'a short key': { apiKeys: ['short'] },
    'an address in place of a host': { externalRedis: { hosts: ['redis://redis.example:6379'] } },
    'a password among the options': { externalRedis: { options: { password: 'x' } } },
    'a level that is none': { logLevels: { Default: 'Verbose' } },
    'an unknown kind of Service': { service: { type: 'External' } },
    'a duration that is none': { metrics: { serviceMonitor: { interval: '30' } } },
    'a digest that is none': { image: { digest: 'latest' } },
  };
  for (const [what, values] of Object.entries(wrong))
    test(what, async () => assert.match(await refusal({ ...least, ...values }), /don't meet the specifications of the schema/));
});
