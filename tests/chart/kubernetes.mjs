// Checks manifests by the schemas of Kubernetes, the Gateway API and the Prometheus Operator.
const SCHEMAS = { 'gateway.networking.k8s.io': '@kubernetes-models/gateway-api/', 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/' };

/** What is wrong with a manifest, line by line; none when it is valid. */
export async function defects(manifest) {
  const from = SCHEMAS[manifest.apiVersion.split('/')[0]] ?? 'kubernetes-models/';
  const model = (await import(`${from}${manifest.apiVersion}/${manifest.kind}`))[manifest.kind];
  const read = new Map();
  try {
    model.prototype.validate.call(watched(manifest, read));
  } catch (error) {
    return [error.message];
  }
  return [...unread(manifest, read, manifest.kind)];
}

// The schemas allow fields that they do not know, as those of a newer Kubernetes. But what no schema ever asked for is a field that Kubernetes would drop: a misspelled one.
function watched(value, read) {
  if (typeof value !== 'object' || value === null) return value;
  const names = new Set();
  read.set(value, names);
  const children = new Map();
  return new Proxy(value, {
    get(target, name) {
      names.add(name);
      if (!Object.hasOwn(target, name)) return target[name];
      if (!children.has(name)) children.set(name, watched(target[name], read));
      return children.get(name);
    },
  });
}

function* unread(value, read, path) {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, child] of Object.entries(value)) {
    if (!read.get(value).has(name)) yield `${path}.${name} is no field there`;
    else yield* unread(child, read, `${path}.${name}`);
  }
}
