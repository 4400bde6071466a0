// The metrics that docs/operations.md promises.
import { read } from './repository.mjs';

/** The labels that Prometheus, or its discovery on Kubernetes, gives to all that it scrapes. */
export const TARGET_LABELS = new Set(['cluster', 'namespace', 'job', 'instance', 'pod', 'container']);

/** Name -> kind and labels, of all tables in the section "Metrics" with the columns metric, kind and labels. */
export function documentedMetrics() {
  const section = read('docs/operations.md').split(/^## /m).find(text => text.startsWith('Metrics\n'));
  const metrics = new Map();
  for (const [, name, kind, labels] of section.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm))
    metrics.set(name, { kind, labels: [...labels.matchAll(/`(\w+)`/g)].map(match => match[1]) });
  return metrics;
}

/** What Prometheus has of a metric: of a histogram three series. */
export function seriesOf(name, { kind, labels }) {
  if (kind !== 'histogram') return [[name, labels]];
  return [[`${name}_bucket`, [...labels, 'le']], [`${name}_sum`, labels], [`${name}_count`, labels]];
}
