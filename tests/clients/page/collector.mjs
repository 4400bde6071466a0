import assert from 'node:assert/strict';

/** Everything a browser may complain about while nobody looks: console messages, errors, failed requests, requests to elsewhere. */
export class Collector {
  /** What it said, and was not expected. */
  lines = [];
  requests = [];
  #origin;
  #expected = [];

  constructor(origin) {
    this.#origin = origin;
  }

  watch(context) {
    context.on('console', (message) => this.#say(`console ${message.type()}: ${message.text()} ${message.location().url}`));
    context.on('weberror', (error) => this.#say(`error: ${error.error().stack}`));
    context.on('requestfailed', (request) => this.#say(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`));
    context.on('response', (response) => response.status() >= 400 && this.#say(`${response.status()}: ${response.url()}`));
    context.on('request', (request) => {
      this.requests.push(request.url());
      if (new URL(request.url()).origin !== this.#origin) this.#say(`request to elsewhere: ${request.url()}`);
    });
  }

  /** A check that provokes a complaint says so; it holds for that check only. */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  assertQuiet() {
    this.#expected = [];
    assert.deepEqual(this.lines, [], 'the browser complained');
  }

  #say(line) {
    if (!this.#expected.some((pattern) => pattern.test(line))) this.lines.push(line);
  }
}
