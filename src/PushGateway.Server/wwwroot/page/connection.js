import { $, fieldError, remember, remembered } from './dom.js';
import { closeInWords, errorInWords } from './words.js';

const names = { connecting: 'Connecting', connected: 'Connected', reconnecting: 'Reconnecting', closed: 'Disconnected' };
const headlines = { connected: 'Your gateway is running.', reconnecting: 'Waiting for your gateway.', closed: 'You are not connected.' };

/** The card on top: how the connection is doing, who this page says it is, and the API key. */
export class ConnectionCard extends EventTarget {
  #client;
  #user = new URLSearchParams(location.search).get('user') ?? '';
  #key = remembered('api-key');
  #countdown;

  constructor(client) {
    super();
    this.#client = client;
    client.addEventListener('state', ({ detail }) => this.#show(detail));
    $('toggle-connection').addEventListener('click', () => (client.state === 'closed' ? this.connect() : client.disconnect()));
    $('retry-now').addEventListener('click', () => client.retryNow());
    window.addEventListener('online', () => client.retryNow());
    this.#bindIdentity();
    this.#bindKey();
  }

  get user() { return this.#user; }
  get apiKey() { return this.#key; }

  /** In Development a client on this machine says who it is in the address. */
  get address() {
    const url = new URL('connection/websocket', document.baseURI);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.search = this.#user ? `?user=${encodeURIComponent(this.#user)}` : '';
    return url.href;
  }

  connect() {
    this.#client.connect(this.address);
  }

  become(user) {
    this.#user = user;
    const page = new URL(location.href);
    if (user) page.searchParams.set('user', user);
    else page.searchParams.delete('user');
    history.replaceState(null, '', page);
    this.#showIdentity();
    this.connect();
    this.#changed();
  }

  #show({ state, client, node, why, retryIn }) {
    $('connection').dataset.state = state;
    $('state-name').textContent = names[state];
    if (state !== 'connecting') $('headline').textContent = headlines[state];
    fact($('client-id'), client);
    fact($('node-id'), node);
    $('toggle-connection').textContent = state === 'closed' ? 'Connect' : 'Go offline';
    $('retry-now').hidden = retryIn === undefined;
    clearInterval(this.#countdown);
    if (retryIn !== undefined) this.#countDown(why, retryIn);
    else if (why || state === 'connected') this.#showWhy(why && inWords(why, this.#user));
  }

  #countDown(why, retryIn) {
    const until = performance.now() + retryIn;
    const show = () => {
      const seconds = Math.max(0, (until - performance.now()) / 1000);
      this.#showWhy(`${inWords(why, this.#user)} Trying again in ${seconds.toFixed(seconds < 10 ? 1 : 0)} s.`);
    };
    show();
    this.#countdown = setInterval(show, 200);
  }

  #showWhy(text) {
    $('state-why').textContent = text ?? '';
    $('state-why').hidden = !text;
  }

  #bindIdentity() {
    const field = $('user-id');
    const form = $('identity-form');
    field.addEventListener('input', () => (form.elements.who.value = 'user'));
    form.addEventListener('change', () => form.elements.who.value === 'user' && field.value === '' && field.focus());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const user = form.elements.who.value === 'user' ? field.value.trim() : '';
      const missing = form.elements.who.value === 'user' && user === '';
      fieldError(field, missing ? 'Type a user id, for example 42.' : '');
      if (missing) field.focus();
      else this.become(user);
    });
    this.#showIdentity();
  }

  #showIdentity() {
    $('identity').textContent = this.#user ? `user ${this.#user}` : 'anonymous';
    $('identity-form').elements.who.value = this.#user ? 'user' : 'anonymous';
    $('user-id').value = this.#user;
    fieldError($('user-id'), '');
  }

  #bindKey() {
    const field = $('api-key');
    field.value = this.#key;
    $('key-form').addEventListener('submit', (event) => event.preventDefault());
    field.addEventListener('input', () => {
      const key = field.value.trim();
      const sendable = /^[\x21-\x7e]*$/.test(key);
      fieldError(field, sendable ? '' : 'A key in a header is letters, digits and signs of ASCII, without spaces.');
      if (!sendable) return;
      this.#key = key;
      remember('api-key', key);
      this.#changed();
    });
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

function fact(node, text) {
  node.textContent = text || '–';
  node.title = text;
}

function inWords(why, user) {
  if (!why.error) return closeInWords(why);
  const hint = user && why.error.code === 101 ? ' Saying who you are in the address works in Development and from this machine only.' : '';
  return errorInWords(why.error) + hint;
}
