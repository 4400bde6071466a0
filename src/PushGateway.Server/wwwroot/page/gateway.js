// A small client of the gateway's protocol, JSON over WebSocket: enough for this page and short enough to read in one sitting.
// Applications use one of the SDKs; the page shows how.
//
// Events, all CustomEvents with a `detail`:
//   state         { state, client, node, why, retryIn }   connecting | connected | reconnecting | closed
//   subscription  { channel, state, server, error, lost } subscribing | subscribed | refused | ended
//   publication   { channel, data, info, offset, tags, missed }

const retryFirst = 300;
const retryMost = 20_000;
const answerWithin = 10_000;
/** How much later than announced a ping may come. */
const pingGrace = 10_000;

export class GatewayClient extends EventTarget {
  #url = '';
  #name;
  #socket = null;
  #state = 'closed';
  #client = '';
  #node = '';
  #lastId = 0;
  #waiting = new Map();
  #outgoing = [];
  /** channel -> { state, position, attempts, timer }: what the page wants, kept across connections. */
  #subscriptions = new Map();
  /** channel -> position: what the gateway subscribed this client to by itself. */
  #serverSide = new Map();
  #attempts = 0;
  #retryTimer;
  #deadline;
  #ping = 0;
  #pong = false;

  constructor(name) {
    super();
    this.#name = name;
  }

  get state() { return this.#state; }
  get client() { return this.#client; }

  /** Connects, to another address than before if it changed; whoever connects anew may be another user, with other channels. */
  connect(url) {
    if (url !== this.#url) this.#forgetServerSide();
    this.#url = url;
    this.#attempts = 0;
    this.#drop('reconnecting');
    this.#open('connecting');
  }

  disconnect() {
    this.#drop('disconnected');
    this.#setState('closed', { why: { code: 0, reason: 'You went offline.' } });
  }

  /** Does not wait any longer for the next attempt. */
  retryNow() {
    if (this.#state !== 'reconnecting' || this.#socket) return;
    clearTimeout(this.#retryTimer);
    this.#open('reconnecting');
  }

  subscribe(channel) {
    const known = this.#subscriptions.get(channel);
    if (known && known.state !== 'refused') return;
    const subscription = { state: 'subscribing', position: null, attempts: 0, timer: undefined };
    this.#subscriptions.set(channel, subscription);
    this.#emit('subscription', { channel, state: 'subscribing' });
    if (this.#state === 'connected') this.#subscribe(channel, subscription);
  }

  unsubscribe(channel) {
    const subscription = this.#subscriptions.get(channel);
    if (!subscription) return;
    clearTimeout(subscription.timer);
    this.#subscriptions.delete(channel);
    if (this.#state === 'connected') this.#request('unsubscribe', { channel });
    this.#emit('subscription', { channel, state: 'ended' });
  }

  /** Publishes data that is already JSON, on one line. Rejects with { code, message }. */
  publish(channel, json) {
    return new Promise((resolve, reject) => this.#request('publish', `{"channel":${JSON.stringify(channel)},"data":${json}}`, resolve, reject));
  }

  // --- the connection

  #open(state) {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#setState(state);
    this.#expectAnswer(answerWithin);
    socket.onopen = () => this.#greet();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#lost({ code, reason });
  }

  /** Connect and every subscription in one frame: one round trip until everything flows. */
  #greet() {
    const connect = { name: this.#name };
    for (const [channel, position] of this.#serverSide)
      if (position) (connect.subs ??= {})[channel] = { recover: true, ...position };
    this.#request('connect', connect,
      (result) => this.#connected(result),
      (error) => error.code !== 0 && this.#refused(error));
    for (const [channel, subscription] of this.#subscriptions)
      if (subscription.state !== 'refused') this.#subscribe(channel, subscription);
  }

  #connected({ client, node = '', ping = 0, pong = false, subs = {} }) {
    this.#client = client;
    this.#node = node;
    this.#ping = ping;
    this.#pong = pong;
    this.#attempts = 0;
    clearTimeout(this.#deadline);
    this.#heard();
    this.#setState('connected');
    for (const channel of this.#serverSide.keys()) {
      if (channel in subs) continue;
      this.#serverSide.delete(channel);
      this.#emit('subscription', { channel, state: 'ended', server: true });
    }
    for (const [channel, result] of Object.entries(subs)) this.#subscribedByServer(channel, result);
  }

  /** An error in reply to connect: the connection is of no use any more. */
  #refused(error) {
    this.#drop('refused');
    if (error.temporary) this.#retry({ error });
    else this.#setState('closed', { why: { error } });
  }

  #lost(why) {
    this.#drop('connection lost');
    if (reconnects(why.code)) this.#retry(why);
    else this.#setState('closed', { why });
  }

  /** Doubling pauses, half of each at random, so that many clients do not come back at one moment. */
  #retry(why) {
    const pause = Math.min(retryMost, retryFirst * 2 ** this.#attempts++);
    const retryIn = Math.round(pause * (0.5 + Math.random() / 2));
    this.#retryTimer = setTimeout(() => this.#open('reconnecting'), retryIn);
    this.#setState('reconnecting', { why: why.error ? why : { code: why.code, reason: why.reason }, retryIn });
  }

  /** Lets go of the socket and of everything that waited for an answer on it. */
  #drop(reason) {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#deadline);
    const socket = this.#socket;
    this.#socket = null;
    this.#outgoing = [];
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // Closing a socket that is still opening makes the browser complain in its console; let it open first.
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close(1000);
    else if (socket.readyState === WebSocket.OPEN) socket.close(1000, reason);
    for (const { onError } of waiting) onError({ code: 0, message: 'The connection was lost before the gateway answered.' });
    for (const [channel, subscription] of this.#subscriptions) {
      clearTimeout(subscription.timer);
      if (subscription.state === 'subscribed') this.#setSubscription(channel, subscription, 'subscribing');
    }
    for (const channel of this.#serverSide.keys()) this.#emit('subscription', { channel, state: 'subscribing', server: true });
  }

  #heard() {
    if (this.#ping > 0) this.#expectAnswer(this.#ping * 1000 + pingGrace);
  }

  #expectAnswer(milliseconds) {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#lost({ code: 0, reason: 'The gateway has gone silent.' }), milliseconds);
  }

  #setState(state, { why, retryIn } = {}) {
    this.#state = state;
    if (state !== 'connected') this.#client = this.#node = '';
    this.#emit('state', { state, client: this.#client, node: this.#node, why, retryIn });
  }

  // --- frames

  /** Callbacks and not promises: a publication may follow its subscribe reply in one frame, and must find the reply dealt with. */
  #request(method, body, onResult = () => {}, onError = () => {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      onError({ code: 0, message: 'There is no connection to the gateway at the moment.' });
      return;
    }
    const id = ++this.#lastId;
    this.#waiting.set(id, { method, onResult, onError });
    this.#send(`{"id":${id},"${method}":${typeof body === 'string' ? body : JSON.stringify(body)}}`);
  }

  /** Commands given in one turn of the event loop leave in one frame. */
  #send(command) {
    if (this.#outgoing.push(command) > 1) return;
    const socket = this.#socket;
    queueMicrotask(() => {
      if (socket === this.#socket) socket.send(this.#outgoing.splice(0).join('\n'));
    });
  }

  #receive(frame) {
    if (this.#state === 'connected') this.#heard();
    const socket = this.#socket;
    for (const line of frame.split('\n')) {
      if (line === '') continue;
      const reply = JSON.parse(line);
      if (reply.id) this.#answer(reply);
      else if (reply.push) this.#push(reply.push);
      else if (this.#pong) this.#send('{}');
      if (socket !== this.#socket) return;
    }
  }

  #answer(reply) {
    const request = this.#waiting.get(reply.id);
    if (!request) return;
    this.#waiting.delete(reply.id);
    if (reply.error) request.onError(reply.error);
    else request.onResult(reply[request.method] ?? {});
  }

  #push({ channel, pub, unsubscribe, subscribe, disconnect }) {
    if (pub) this.#publication(channel, pub);
    else if (unsubscribe) this.#unsubscribed(channel, unsubscribe);
    else if (subscribe) this.#subscribedByServer(channel, subscribe);
    else if (disconnect) this.#lost({ code: disconnect.code, reason: disconnect.reason });
  }

  #publication(channel, publication, missed = false) {
    const { data, info, offset = 0, tags } = publication;
    const position = this.#subscriptions.get(channel)?.position ?? this.#serverSide.get(channel);
    if (position && offset > 0) position.offset = offset;
    this.#emit('publication', { channel, data, info, offset, tags, missed });
  }

  // --- subscriptions

  #subscribe(channel, subscription) {
    const request = { channel, ...(subscription.position && { recover: true, ...subscription.position }) };
    const socket = this.#socket;
    const still = () => socket === this.#socket && this.#subscriptions.get(channel) === subscription;
    this.#request('subscribe', request,
      (result) => still() && this.#subscribed(channel, subscription, result),
      (error) => still() && this.#subscribeFailed(channel, subscription, error));
  }

  #subscribed(channel, subscription, result) {
    subscription.attempts = 0;
    subscription.position = positionOf(result);
    this.#setSubscription(channel, subscription, 'subscribed', { lost: isLost(result) });
    for (const publication of result.publications ?? []) this.#publication(channel, publication, true);
  }

  #subscribeFailed(channel, subscription, error) {
    if (error.temporary) this.#subscribeAgain(channel, subscription);
    else this.#setSubscription(channel, subscription, 'refused', { error });
  }

  #subscribeAgain(channel, subscription) {
    const pause = Math.min(retryMost, retryFirst * 2 ** subscription.attempts++);
    subscription.timer = setTimeout(() => this.#state === 'connected' && this.#subscribe(channel, subscription), pause);
  }

  #unsubscribed(channel, { code = 0, reason }) {
    const subscription = this.#subscriptions.get(channel);
    if (!subscription) {
      this.#serverSide.delete(channel);
      this.#emit('subscription', { channel, state: 'ended', server: true });
    } else if (code >= 2500) {
      this.#setSubscription(channel, subscription, 'subscribing');
      this.#subscribeAgain(channel, subscription);
    } else {
      this.#setSubscription(channel, subscription, 'refused', { error: { code: 0, message: `The gateway ended this subscription (${code}, ${reason}).` } });
    }
  }

  #subscribedByServer(channel, result) {
    this.#serverSide.set(channel, positionOf(result));
    this.#emit('subscription', { channel, state: 'subscribed', server: true, lost: isLost(result) });
    for (const publication of result.publications ?? []) this.#publication(channel, publication, true);
  }

  #setSubscription(channel, subscription, state, more = {}) {
    subscription.state = state;
    this.#emit('subscription', { channel, state, ...more });
  }

  #forgetServerSide() {
    for (const channel of this.#serverSide.keys()) this.#emit('subscription', { channel, state: 'ended', server: true });
    this.#serverSide.clear();
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Which closings are for good: the ranges of the protocol, and the message that is too large and would be too large again. */
function reconnects(code) {
  if (code === 1009) return false;
  return !((code >= 3500 && code < 4000) || (code >= 4500 && code < 5000));
}

/** Where to go on after a break; only channels with history have a position. */
function positionOf({ recoverable, epoch = '', offset = 0 }) {
  return recoverable ? { epoch, offset } : null;
}

function isLost({ was_recovering: wasRecovering, recovered }) {
  return Boolean(wasRecovering && !recovered);
}
