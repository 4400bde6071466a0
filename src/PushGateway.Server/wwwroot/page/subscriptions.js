import { $, element } from './dom.js';
import { errorInWords } from './words.js';

/** What this page is subscribed to, shown twice: all of it as chips at the connection, and one line in each scenario. */
export class Subscriptions {
  #client;
  #known = new Map();
  #lines = [];

  constructor(client) {
    this.#client = client;
    client.addEventListener('subscription', ({ detail }) => this.#changed(detail));
  }

  /** Binds a line to a channel; called again for the same line it moves to another channel. */
  line(root, channel) {
    let line = this.#lines.find((known) => known.root === root);
    if (!line) {
      const text = element('span', { className: 'subscription-text' });
      const button = element('button', { className: 'quiet small', type: 'button' });
      line = { root, text, button };
      button.addEventListener('click', () => this.#toggle(line.channel));
      root.append(element('span', { className: 'lamp', 'aria-hidden': 'true' }), text, button);
      this.#lines.push(line);
    }
    line.channel = channel;
    root.dataset.channel = channel;
    this.#drawLine(line);
  }

  #toggle(channel) {
    if (['subscribed', 'subscribing'].includes(this.#known.get(channel)?.state)) this.#client.unsubscribe(channel);
    else this.#client.subscribe(channel);
  }

  #changed(detail) {
    if (detail.state === 'ended') this.#known.delete(detail.channel);
    else this.#known.set(detail.channel, detail);
    this.#drawChips();
    for (const line of this.#lines) if (line.channel === detail.channel) this.#drawLine(line);
  }

  #drawLine({ root, text, button, channel }) {
    const { state = 'none', error } = this.#known.get(channel) ?? {};
    root.hidden = channel === '';
    root.dataset.state = state;
    const name = element('code', { text: channel });
    const words = {
      none: ['Not subscribed to ', name],
      subscribing: ['Subscribing to ', name, ' …'],
      subscribed: ['Subscribed to ', name],
      refused: ['Not subscribed to ', name, element('span', { className: 'refusal', text: error ? errorInWords(error) : '' })],
    };
    text.replaceChildren(...words[state]);
    button.textContent = { none: 'Subscribe', refused: 'Try again' }[state] ?? 'Unsubscribe';
    button.setAttribute('aria-label', `${button.textContent}: ${channel}`);
  }

  #drawChips() {
    const chips = [...this.#known.values()].map(({ channel, state, server }) => {
      const chip = element('li', { className: 'chip', 'data-channel': channel, 'data-state': state },
        element('span', { className: 'lamp', 'aria-hidden': 'true' }), element('code', { text: channel }));
      if (state !== 'subscribed') chip.append(element('small', { text: state }));
      if (server) chip.append(element('small', { text: 'by the gateway' }));
      else {
        const remove = element('button', { type: 'button', text: '×', 'aria-label': `Unsubscribe: ${channel}` });
        remove.addEventListener('click', () => this.#client.unsubscribe(channel));
        chip.append(remove);
      }
      return chip;
    });
    $('subscriptions').replaceChildren(...chips);
    $('subscriptions-row').hidden = chips.length === 0;
  }
}
