// The HTTP side: what a back end does. One request, POST v1/notifications, and the curl line that does the same.

export const endpoint = new URL('v1/notifications', document.baseURI).href;

/** The body of the request. `json` is the data, already JSON. */
export function notification(target, json) {
  const [name, value] = 'user' in target ? ['user', target.user] : ['channel', target.channel];
  return `{"${name}":${JSON.stringify(value)},"data":${json}}`;
}

/** @returns {Promise<{channel: string, offset?: number}[]>} one result a channel; throws a Problem */
export async function post(body, apiKey) {
  let response;
  try {
    response = await fetch(endpoint, { method: 'POST', body, headers: headers(apiKey), cache: 'no-store' });
  } catch {
    throw new Problem('The gateway cannot be reached', 'Is it still running? Nothing was sent.');
  }
  const text = await response.text();
  if (response.ok) return parse(text)?.results ?? [];
  throw problemOf(response, parse(text));
}

export function curlLine(body, apiKey) {
  const lines = [`curl -sS ${quote(endpoint)}`];
  for (const [name, value] of Object.entries(headers(apiKey))) lines.push(`-H ${quote(`${name}: ${value}`)}`);
  lines.push(`-d ${quote(body)}`);
  return lines.join(' \\\n  ');
}

/** What went wrong, fit to be shown (RFC 9457). */
export class Problem extends Error {
  constructor(title, detail, errors = []) {
    super(title);
    this.title = title;
    this.detail = detail;
    this.errors = errors;
  }
}

function headers(apiKey) {
  return { 'Content-Type': 'application/json', ...(apiKey && { 'X-API-Key': apiKey }) };
}

/** In single quotes a shell takes everything as it is, but for the single quote itself. */
function quote(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(response, problem) {
  const title = `${(problem?.title || response.statusText || 'The gateway refused').replace(/\.$/, '')} (${response.status})`;
  const detail = problem?.detail ?? '';
  const details = [detail];
  if (response.status === 401) details.push('Type the API key at “Who am I, API key” above.');
  const wait = response.headers.get('Retry-After');
  if (wait) details.push(/^\d+$/.test(wait) ? `Try again in ${wait} s.` : `Try again after ${wait}.`);
  // What the detail says already is not said twice.
  const errors = Object.entries(problem?.errors ?? {})
    .flatMap(([field, messages]) => [messages].flat().map((message) => ({ field, message })))
    .filter(({ message }) => !detail.includes(message))
    .map(({ field, message }) => `${field}: ${message}`);
  return new Problem(title, details.filter(Boolean).join(' '), errors);
}
