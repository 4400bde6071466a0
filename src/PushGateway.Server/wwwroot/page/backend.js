import { notification, post, Problem } from './api.js';
import { showBad, showGood } from './dom.js';

/** Plays the back end: posts a notification, says how it went, and how long it took to come back to this page. */
export class BackEnd {
  #apiKey;
  #last = new Map();

  /** @param {() => string} apiKey */
  constructor(apiKey) {
    this.#apiKey = apiKey;
  }

  async publish(target, json, outcome) {
    const sent = {
      channel: target.channel ?? `#${target.user}`,
      data: JSON.stringify(JSON.parse(json)),
      at: performance.now(),
      accepted: false,
      took: undefined,
    };
    this.#last.set(outcome, sent);
    try {
      const results = await post(notification(target, json), this.#apiKey());
      sent.channel = results[0]?.channel ?? sent.channel;
      sent.accepted = true;
      this.#show(outcome, sent);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (this.#last.get(outcome) === sent) showBad(outcome, problem.title, problem.detail, problem.errors);
    }
  }

  /** The push may be here before the answer to the POST is. */
  arrived({ channel, data }) {
    for (const [outcome, sent] of this.#last) {
      if (sent.took !== undefined || sent.channel !== channel || sent.data !== JSON.stringify(data)) continue;
      sent.took = performance.now() - sent.at;
      this.#show(outcome, sent);
    }
  }

  #show(outcome, { channel, accepted, took }) {
    if (!accepted) return;
    const back = took === undefined ? '' : ` It was back on this page ${took < 10 ? took.toFixed(1) : Math.round(took)} ms after you pressed.`;
    showGood(outcome, `Accepted for ${channel}.${back}`);
  }
}
