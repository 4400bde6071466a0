// What Prometheus sees of a gateway, minute by minute: nodes that are well, and what a scenario changes about them.

/** How discovery on Kubernetes labels a gateway. */
export const GATEWAY = { namespace: 'push', job: 'push-gateway' };

// cAdvisor and kube-state-metrics have jobs and instances of their own.
const KUBERNETES = { namespace: 'push', job: 'kubernetes', instance: 'worker' };
const REASONS = ['closed', 'full', 'crowded', 'origin', 'invalid', 'timeout', 'pending'];
const CODES = ['gone', '3001', '3004', '3005', '3008', '3010', '3012', '3013'];

/** A value that stays. */
export const always = value => () => value;
/** A counter that rises by so much a minute, from a minute on and until another. */
export const rising = (perMinute, from = 0, until = Infinity) => minute => Math.max(0, Math.min(minute, until) - from) * perMinute;
/** One value until a minute, then another. */
export const turning = (minute, before, after) => now => (now < minute ? before : after);

// A histogram of which a part takes so many seconds for a time; the others are faster than its first bound.
function observed(name, perMinute, { seconds = 0, from = 0, until = Infinity, share = 0 } = {}) {
  const late = rising(perMinute * share, from, until);
  const bucket = bound => minute => rising(perMinute)(minute) - (bound < seconds ? late(minute) : 0);
  const bounds = [0.01, 0.1, 0.5, 2, 5];
  return {
    ...Object.fromEntries(bounds.map(bound => [`${name}_bucket{le="${bound}"}`, bucket(bound)])),
    [`${name}_bucket{le="+Inf"}`]: rising(perMinute),
  };
}

/** One in twenty takes so many seconds from a minute on. */
export const slowly = (name, seconds, from) => observed(name, 600, { seconds, from, share: 0.05 });

const counters = (name, label, values) => Object.fromEntries(values.map(value => [`${name}{${label}="${value}"}`, always(0)]));

/**
 * All that a node with 1,000 clients shows while everything is well.
 * @param changes what is different: a function of the minute for each series, or null for a series that is not there.
 * @param options.from when the node comes.
 * @param options.until when it and its target go; Prometheus writes that they are gone.
 * @param options.dies when it goes and its target stays: it cannot be scraped any more.
 */
export function node(name, changes = {}, { from = 0, until = Infinity, dies = Infinity, target = GATEWAY } = {}) {
  const end = Math.min(until, dies);
  return Object.entries({ ...healthy, ...changes })
    .filter(([, valueAt]) => valueAt !== null)
    .map(([series, valueAt]) => {
      const isUp = series === 'up';
      return {
        series: labelled(series, /^(container|kube)_/.test(series) ? { ...KUBERNETES, pod: name } : { ...target, instance: `${name}:8081`, pod: name }),
        valueAt: minute => (minute < from || minute >= until ? null : minute < end ? valueAt(minute) : isUp ? 0 : null),
        until: isUp ? until : end,
      };
    });
}

/** Two nodes, of which each is changed. */
export const nodes = changes => [...node('a', changes), ...node('b', changes)];

/** The series of the API's requests that were answered with a status. */
export const api = status => `http_server_request_duration_seconds_count{http_route="/v1/notifications",http_response_status_code="${status}"}`;
/** The series of publications with an outcome. */
export const publishes = outcome => `pushgateway_publishes_total{channel_namespace="(users)",source="backend",outcome="${outcome}"}`;
/** The series of questions to a back end that fail. */
export const CALLBACK_FAILURES = 'http_client_request_duration_seconds_count{server_address="shop.example",error_type="timeout"}';

const healthy = {
  up: always(1),
  'pushgateway_ready{part="broker"}': always(1),
  'pushgateway_ready{part="presence"}': always(1),
  'pushgateway_ready{part="node"}': always(1),
  pushgateway_draining: always(0),
  pushgateway_drain_progress_ratio: always(0),
  pushgateway_start_time_seconds: always(1_700_000_000),
  'pushgateway_build_info{version="1.0.0"}': always(1),
  pushgateway_connections: always(1000),
  pushgateway_connections_limit: always(100_000),
  pushgateway_connects_total: rising(60),
  ...counters('pushgateway_disconnects_total', 'code', CODES),
  'pushgateway_disconnects_total{code="gone"}': rising(60),
  ...counters('pushgateway_connects_refused_total', 'code', ['3500', '3501', '3502']),
  ...counters('pushgateway_handshakes_refused_total', 'reason', REASONS),
  pushgateway_slow_clients_total: always(0),
  pushgateway_channels: always(1000),
  [publishes('published')]: rising(600),
  [publishes('unavailable')]: always(0),
  [publishes('failed')]: always(0),
  'pushgateway_deliveries_total{channel_namespace="(users)"}': rising(6000),
  ...observed('pushgateway_publish_duration_seconds', 600),
  ...observed('pushgateway_arrival_lag_seconds', 600),
  ...observed('pushgateway_delivery_latency_seconds', 600),
  'pushgateway_recoveries_total{channel_namespace="(users)",outcome="recovered"}': rising(60),
  'pushgateway_recoveries_total{channel_namespace="(users)",outcome="unrecovered"}': rising(1),
  ...counters('pushgateway_gaps_total', 'outcome', ['mended', 'lost', 'set_back', 'failed']),
  ...counters('pushgateway_redis_disconnects_total', 'purpose', ['receiving', 'publishing', 'commands']),
  'pushgateway_redis_connections{purpose="receiving"}': always(1),
  'pushgateway_redis_connections{purpose="publishing"}': always(1),
  'pushgateway_redis_connections{purpose="commands"}': always(2),
  ...observed('pushgateway_redis_round_trip_seconds', 30),
  pushgateway_redis_heartbeats_failed_total: always(0),
  pushgateway_presence_reaps_total: always(0),
  pushgateway_nodes: always(2),
  'dotnet_process_cpu_time_seconds_total{cpu_mode="user"}': rising(20),
  'dotnet_process_cpu_time_seconds_total{cpu_mode="system"}': rising(10),
  dotnet_process_cpu_count: always(2),
  [api('200')]: rising(600),
  [api('401')]: always(0),
  [api('429')]: always(0),
  [api('500')]: always(0),
  [api('503')]: always(0),
  'http_client_request_duration_seconds_count{server_address="shop.example",http_response_status_code="200"}': rising(60),
  [CALLBACK_FAILURES]: always(0),
  'container_memory_working_set_bytes{container="gateway"}': always(300_000_000),
  'container_memory_working_set_bytes{container=""}': always(900_000_000),
  'kube_pod_container_resource_limits{container="gateway",resource="memory"}': always(1_000_000_000),
};

function labelled(series, labels) {
  const [, name, own] = /^(\w+)(?:\{(.*)\})?$/.exec(series);
  return `${name}{${[own, ...Object.entries(labels).map(([key, value]) => `${key}="${value}"`)].filter(Boolean).join(',')}}`;
}
