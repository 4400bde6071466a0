// Each alert fires when it should, alone or with those that belong to it, and nothing fires when nothing is wrong.
import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import { CALLBACK_FAILURES, GATEWAY, always, api, node, nodes, publishes, rising, slowly, turning } from './cluster.mjs';
import { rules } from './repository.mjs';
import { scenario, shown } from './scenario.mjs';

// From this minute on something is wrong.
const THEN = 5;
const fromThen = perMinute => rising(perMinute, THEN);
const usuallyAnd = (usual, more) => minute => rising(usual)(minute) + fromThen(more)(minute);

const UNREADY = { 'pushgateway_ready{part="broker"}': turning(THEN, 1, 0) };
const refusals = reason => `pushgateway_handshakes_refused_total{reason="${reason}"}`;
const gaps = outcome => `pushgateway_gaps_total{outcome="${outcome}"}`;

describe('alerts', { concurrency: 2 }, () => {
  after(() => assert.deepEqual(rules().filter(rule => rule.kind === 'alert' && !shown.has(rule.name)).map(rule => rule.name), [], 'alerts that no scenario fires'));

  describe('of nodes', () => {
    scenario('all nodes and their targets are gone', [...node('a', {}, { until: THEN }), ...node('b', {}, { until: THEN })], { fires: ['PushGatewayDown'] });
    scenario('all nodes are dead', [...node('a', {}, { dies: THEN }), ...node('b', {}, { dies: THEN })], { fires: ['PushGatewayDown', 'PushGatewayNodeDown'] });
    scenario('nothing was ever scraped', [], { fires: ['PushGatewayDown'] });
    scenario('no node is ready', nodes(UNREADY), { fires: ['PushGatewayNotReady', 'PushGatewayNodeNotReady'] });
    scenario('one node is not ready', [...node('a', UNREADY), ...node('b')], { fires: ['PushGatewayNodeNotReady'] });
    scenario('a node does not start', [...node('a', { 'pushgateway_ready{part="node"}': always(0) }), ...node('b')], { fires: ['PushGatewayNodeNotReady'] });
    scenario('a node cannot be scraped', [...node('a', {}, { dies: THEN }), ...node('b', { pushgateway_connections: turning(THEN, 1000, 2000) })], { fires: ['PushGatewayNodeDown'] });
    scenario('a node was found dead', [...node('a', { pushgateway_presence_reaps_total: turning(THEN, 0, 1) }), ...node('b')], { fires: ['PushGatewayNodeDied'] });
    scenario('a node restarts every five minutes', [...node('a', { pushgateway_start_time_seconds: minute => 1000 + Math.floor(minute / 5) }), ...node('b')], { fires: ['PushGatewayRestarting'] });
    scenario('each node is alone with its own Redis', nodes({ pushgateway_nodes: turning(THEN, 2, 1) }), { fires: ['PushGatewayNodesDisagree'] });
    scenario('one node does not see the other', [...node('a', { pushgateway_nodes: turning(THEN, 2, 1) }), ...node('b')], { fires: ['PushGatewayNodesDisagree'] });
    scenario(
      'a node goes on leaving',
      [...node('a', { pushgateway_draining: turning(THEN, 0, 1), 'pushgateway_ready{part="node"}': turning(THEN, 1, 0) }), ...node('b', { pushgateway_nodes: turning(THEN, 2, 1) })],
      { fires: ['PushGatewayDrainSlow'] },
    );
    scenario(
      'a deploy stops half way',
      [...node('a', { 'pushgateway_build_info{version="1.0.0"}': null, 'pushgateway_build_info{version="1.1.0"}': always(1) }), ...node('b')],
      { fires: ['PushGatewayVersionsMixed'], minutes: 70 },
    );
    scenario('a node uses all of its processors', [...node('a', { 'dotnet_process_cpu_time_seconds_total{cpu_mode="user"}': usuallyAnd(20, 85) }), ...node('b')], { fires: ['PushGatewayCpuSaturated'] });
    scenario('a node needs nearly all of its memory', [...node('a', { 'container_memory_working_set_bytes{container="gateway"}': turning(THEN, 3e8, 9.5e8) }), ...node('b')], { fires: ['PushGatewayMemoryNearLimit'] });
  });

  describe('of clients', () => {
    scenario('most clients go and do not come back', nodes({ pushgateway_connections: turning(20, 1000, 400) }), { fires: ['PushGatewayConnectionsDropped'] });
    scenario('the nodes are full', nodes({ [refusals('full')]: fromThen(60) }), { fires: ['PushGatewayFull'] });
    scenario('a node is nearly full', [...node('a', { pushgateway_connections: always(90_000) }), ...node('b')], { fires: ['PushGatewayConnectionsNearLimit'] });
    scenario('a herd does not end', nodes({ [refusals('crowded')]: fromThen(60) }), { fires: ['PushGatewayCrowded'] });
    scenario('somebody opens sockets and says nothing', nodes({ [refusals('timeout')]: fromThen(200), [refusals('pending')]: fromThen(200) }), { fires: ['PushGatewayHandshakesUnfinished'] });
    scenario('a page has moved to another origin', nodes({ [refusals('origin')]: fromThen(60) }), { fires: ['PushGatewayOriginsRefused'] });
    scenario('no page is let in any more', nodes({ [refusals('origin')]: fromThen(600), pushgateway_connects_total: rising(60, 0, THEN) }), { fires: ['PushGatewayOriginsRefused'] });
    scenario('tokens are signed with another key', nodes({ 'pushgateway_connects_refused_total{code="3500"}': fromThen(120) }), { fires: ['PushGatewayTokensRefused'] });
    scenario('clients do not answer pings', nodes({ 'pushgateway_disconnects_total{code="3012"}': fromThen(40) }), { fires: ['PushGatewayClientsClosed'] });
    scenario(
      'a proxy ends all connections after a minute',
      nodes({ pushgateway_connects_total: usuallyAnd(60, 1000), 'pushgateway_disconnects_total{code="gone"}': usuallyAnd(60, 1000) }),
      { fires: ['PushGatewayReconnecting'] },
    );
    scenario('clients read too slowly', nodes({ pushgateway_slow_clients_total: fromThen(5), 'pushgateway_disconnects_total{code="3008"}': fromThen(5) }), { fires: ['PushGatewaySlowClients'] });
  });

  describe('of notifications', () => {
    scenario('some publications are not taken', nodes({ [publishes('unavailable')]: fromThen(60) }), { fires: ['PushGatewayPublishesFailing'] });
    scenario('some publications fail by a defect', nodes({ [publishes('failed')]: fromThen(60) }), { fires: ['PushGatewayPublishesFailing'] });
    scenario('deliveries take a second', nodes(slowly('pushgateway_delivery_latency_seconds', 1, THEN)), { fires: ['PushGatewayDeliverySlow'] });
    scenario('deliveries take four seconds', nodes(slowly('pushgateway_delivery_latency_seconds', 4, THEN)), { fires: ['PushGatewayDeliverySlow', 'PushGatewayDeliveryVerySlow'] });
    scenario(
      'notifications take a second through Redis',
      nodes({ ...slowly('pushgateway_arrival_lag_seconds', 1, THEN), ...slowly('pushgateway_delivery_latency_seconds', 1, THEN) }),
      { fires: ['PushGatewayArrivalLagHigh', 'PushGatewayDeliverySlow'] },
    );
    scenario('a gap could not be mended', [...node('a', { [gaps('lost')]: turning(THEN, 0, 1) }), ...node('b')], { fires: ['PushGatewayGapsLost'] });
    scenario('a gap failed by a defect', [...node('a', { [gaps('failed')]: turning(THEN, 0, 1) }), ...node('b')], { fires: ['PushGatewayGapsLost'] });
    scenario('Redis has lost all histories', nodes({ [gaps('set_back')]: turning(THEN, 0, 900) }), { fires: ['PushGatewayHistoriesLost'] });
    scenario(
      'who comes back has missed too much',
      nodes({ 'pushgateway_recoveries_total{channel_namespace="(users)",outcome="unrecovered"}': usuallyAnd(1, 40) }),
      { fires: ['PushGatewayRecoveriesFailing'] },
    );
  });

  describe('of Redis', () => {
    scenario('a connection is lost again and again', [...node('a', { 'pushgateway_redis_disconnects_total{purpose="receiving"}': fromThen(0.5) }), ...node('b')], { fires: ['PushGatewayRedisFlapping'] });
    scenario('leases cannot be renewed', [...node('a', { pushgateway_redis_heartbeats_failed_total: fromThen(2) }), ...node('b')], { fires: ['PushGatewayHeartbeatsFailing'] });
    scenario('Redis is slow', nodes(slowly('pushgateway_redis_round_trip_seconds', 0.3, THEN)), { fires: ['PushGatewayRedisSlow'] });
    scenario(
      'Redis is away, as the runbook tells it',
      nodes({
        ...UNREADY,
        'pushgateway_ready{part="presence"}': turning(THEN, 1, 0),
        [publishes('published')]: rising(600, 0, THEN),
        [publishes('unavailable')]: fromThen(600),
        [api('200')]: rising(600, 0, THEN),
        [api('503')]: fromThen(600),
        'pushgateway_redis_connections{purpose="receiving"}': turning(THEN, 1, 0),
        'pushgateway_redis_disconnects_total{purpose="receiving"}': turning(THEN, 0, 1),
        pushgateway_redis_heartbeats_failed_total: fromThen(10),
      }),
      { fires: ['PushGatewayNotReady', 'PushGatewayNodeNotReady', 'PushGatewayPublishesFailing', 'PushGatewayHeartbeatsFailing'] },
    );
  });

  describe('of the API', () => {
    scenario('requests fail by a defect', nodes({ [api('500')]: fromThen(60) }), { fires: ['PushGatewayApiErrors'] });
    scenario('a back end has a wrong key', nodes({ [api('401')]: fromThen(120) }), { fires: ['PushGatewayApiRefused'] });
    scenario('a back end publishes more than it may', nodes({ [api('429')]: fromThen(120) }), { fires: ['PushGatewayApiLimited'] });
    scenario('a back end does not answer', nodes({ [CALLBACK_FAILURES]: fromThen(60) }), { fires: ['PushGatewayCallbacksFailing'] });
  });

  describe('stay silent while', () => {
    scenario('all is well', nodes());
    scenario('nodes are replaced one after the other', deploy(), { minutes: 24, interval: 15 });
    scenario('clients go home within an hour', nodes({ pushgateway_connections: minute => 1000 - 10 * minute }), { minutes: 60 });
    scenario('a herd comes for two minutes', nodes({ [refusals('crowded')]: rising(6000, THEN, THEN + 2), pushgateway_connections: turning(THEN, 1000, 5000), pushgateway_connects_total: minute => 60 * minute + rising(2000, THEN, THEN + 2)(minute) }));
    scenario('a back end removes some histories', nodes({ [gaps('set_back')]: turning(THEN, 0, 5), [gaps('mended')]: turning(THEN, 0, 50) }));
    scenario('a client has an old token now and then', nodes({ 'pushgateway_connects_refused_total{code="3500"}': rising(5), [refusals('origin')]: rising(5), [api('401')]: rising(5) }));
    scenario('Redis fails over within twenty seconds', failover(), { minutes: 16, interval: 10 });
    scenario('a node stands alone, without Redis', node('a').filter(({ series }) => !/_redis_|_presence_|pushgateway_nodes/.test(series)));
    scenario('nobody publishes and nobody is there', nodes({ pushgateway_connections: always(0), pushgateway_connects_total: always(0), [publishes('published')]: always(0), [api('200')]: always(0) }));
    scenario("Prometheus' own Pushgateway and another application are scraped, too", [
      ...nodes(),
      { series: 'pushgateway_build_info{version="1.11.0",job="pushgateway",namespace="push",instance="p:9091"}', valueAt: always(1) },
      { series: `${api('500').slice(0, -1)},job="shop",namespace="push",instance="s:80"}`, valueAt: rising(600) },
      { series: 'up{job="shop",namespace="push",instance="s:80"}', valueAt: always(0) },
    ], { minutes: 70 });
  });

  describe('hold', () => {
    scenario('outside of Kubernetes', [...node('a', UNREADY, { target: { job: 'gateway' } })].filter(({ series }) => series.startsWith('pushgateway')), { fires: ['PushGatewayNotReady', 'PushGatewayNodeNotReady'] });
    scenario('for each gateway by itself', [...nodes(), ...node('c', UNREADY, { target: { ...GATEWAY, namespace: 'staging' } })].filter(({ series }) => !series.startsWith('pushgateway_nodes')), { fires: ['PushGatewayNotReady', 'PushGatewayNodeNotReady'] });
    scenario('until it is over', nodes({ 'pushgateway_ready{part="broker"}': minute => (minute >= THEN && minute < 15 ? 0 : 1), [publishes('unavailable')]: rising(600, THEN, 15) }), {
      fires: ['PushGatewayNotReady', 'PushGatewayNodeNotReady', 'PushGatewayPublishesFailing'],
      clearBy: 22,
      minutes: 30,
    });
  });
});

// Three nodes; every three minutes a new one comes and an old one goes: it waits 5 s, and then its 1,000 clients move to the others within 20 s.
function deploy() {
  const leaving = [6, 9, 12];
  const moved = (start, minute) => 1000 * Math.min(1, Math.max(0, (minute - start - 5 / 60) * 3));
  const others = minute => leaving.reduce((sum, start) => sum + moved(start, minute), 0);
  const alive = minute => 3 + leaving.filter(start => minute >= start - 1).length - leaving.filter(start => minute >= start + 0.5).length;
  const seen = { pushgateway_nodes: alive, 'pushgateway_build_info{version="1.0.0"}': null };

  return leaving.flatMap((start, index) => [
    ...node(`old-${index}`, {
      ...seen,
      'pushgateway_build_info{version="1.0.0"}': always(1),
      pushgateway_draining: turning(start, 0, 1),
      'pushgateway_ready{part="node"}': turning(start, 1, 0),
      pushgateway_connections: minute => 1000 - moved(start, minute) + (others(minute) - moved(start, minute)) / 5,
      'pushgateway_disconnects_total{code="3001"}': minute => moved(start, minute),
      [refusals('closed')]: rising(60, start + 5 / 60),
      pushgateway_connects_total: minute => 60 * minute + others(minute) / 5,
    }, { until: start + 0.5 }),
    ...node(`new-${index}`, {
      ...seen,
      'pushgateway_build_info{version="1.1.0"}': always(1),
      'pushgateway_ready{part="node"}': turning(start - 0.75, 0, 1),
      pushgateway_start_time_seconds: always(1_700_000_000 + start * 60),
      pushgateway_connections: minute => others(minute) / 3,
      pushgateway_connects_total: minute => others(minute) / 3 + 60 * (minute - start + 1),
      [refusals('crowded')]: rising(60, start, start + 0.5),
    }, { from: start - 1 }),
  ]);
}

// Redis is away for 20 s: publications get 503, heartbeats fail, every connection is made anew.
function failover() {
  const back = THEN + 20 / 60;
  const away = { 'pushgateway_ready{part="broker"}': minute => (minute > THEN && minute <= back ? 0 : 1) };
  for (const purpose of ['receiving', 'publishing', 'commands']) away[`pushgateway_redis_disconnects_total{purpose="${purpose}"}`] = turning(THEN, 0, 1);
  return nodes({
    ...away,
    'pushgateway_ready{part="presence"}': away['pushgateway_ready{part="broker"}'],
    [publishes('unavailable')]: rising(600, THEN, back),
    [api('503')]: rising(600, THEN, back),
    pushgateway_redis_heartbeats_failed_total: rising(30, THEN, back),
    [gaps('mended')]: turning(back, 0, 400),
  });
}
