import { $, clockTime, element, fieldError, remember, remembered, showBad, showGood } from './dom.js';
import { subscribingScript, userScript } from './examples.js';
import { Game, gameChannel } from './game.js';
import { readJson } from './json.js';
import { errorInWords } from './words.js';

// A scenario: { channel, example(), enter?(), leave?(), receive?(publication), identityChanged?() }.
// `page` is what they share: { client, backEnd, subscriptions, connection, changed() }.

const samples = [
  { title: 'Ceasefire holds for a third day', section: 'World', url: 'https://news.example/a/8812' },
  { title: 'Trains run again after the storm', section: 'Weather', breaking: true },
  { title: "It's official: the bridge opens in May", section: 'City', readers: 12873, image: null },
];

export function news(page) {
  const channel = 'news:world';
  const field = $('news-data');
  let sample = 0;
  fill(field, samples[0]);
  bindJson(field, page);

  $('news-sample').addEventListener('click', () => {
    sample = (sample + 1) % samples.length;
    fill(field, samples[sample]);
    page.changed();
  });
  $('news-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const json = checkedJson(field);
    if (json !== null) page.backEnd.publish({ channel }, json, $('news-outcome'));
  });
  $('news-as-client').addEventListener('click', () => {
    const json = checkedJson(field);
    if (json !== null) publishAsClient(page, channel, json, $('news-outcome'));
  });

  return { channel, example: () => ({ target: { channel }, json: jsonOf(field), script: subscribingScript(page.connection.address, channel) }) };
}

const orderTexts = { paid: 'We have your payment.', packed: 'Your parcel is packed.', shipped: 'Your parcel is on its way.', delivered: "It's there. Enjoy!" };

export function orders(page) {
  const channel = 'orders:1001';
  const form = $('orders-form');
  let status = 'paid';
  const target = () => (form.elements['order-target'].value === 'user' ? { user: page.connection.user } : { channel });
  const json = () => JSON.stringify({ order: 1001, status, text: orderTexts[status] });

  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', () => page.changed());
  $('order-buttons').addEventListener('click', ({ target: button }) => {
    if (!button.dataset.status) return;
    status = button.dataset.status;
    page.changed();
    page.backEnd.publish(target(), json(), $('orders-outcome'));
  });
  $('become-user').addEventListener('click', () => {
    page.connection.become('42');
    form.elements['order-target'].value = 'user';
    page.changed();
    form.querySelector('[value=user]').focus();
  });

  return {
    channel,
    example: () => {
      const to = target();
      const { address } = page.connection;
      return { target: to, json: json(), script: to.user ? userScript(address, to.user) : subscribingScript(address, channel) };
    },
    receive: ({ channel: from, data }) => {
      if (data?.order === 1001 && (from === channel || from.startsWith('#'))) lightUp($('order-steps'), data.status);
    },
    identityChanged: () => {
      const { user } = page.connection;
      form.querySelector('[value=user]').disabled = !user;
      if (!user) form.elements['order-target'].value = 'channel';
      $('order-user-label').textContent = user ? `only user ${user}` : 'only one user';
      $('order-user-hint').hidden = Boolean(user);
    },
  };
}

function lightUp(steps, status) {
  const items = [...steps.children];
  const reached = items.findIndex((item) => item.dataset.status === status);
  if (reached < 0) return;
  items.forEach((item, index) => {
    item.classList.toggle('done', index <= reached);
    if (index === reached) item.querySelector('time').textContent = clockTime();
    else if (index > reached) item.querySelector('time').textContent = '';
  });
}

const callNames = ['Otter', 'Heron', 'Lynx', 'Puffin', 'Badger', 'Wren', 'Marten', 'Hare', 'Curlew', 'Stoat'];
const mostLines = 100;

export function chat(page) {
  const channel = 'chat:lobby';
  const name = nameField();
  const text = $('chat-text');
  const json = (words) => JSON.stringify({ name: name() || 'Somebody', text: words });

  $('chat-name').addEventListener('input', () => page.changed());
  text.addEventListener('input', () => page.changed());
  $('chat-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const words = text.value.trim();
    fieldError(text, words ? '' : 'Type a message first.');
    text.focus();
    if (!words) return;
    try {
      await page.client.publish(channel, json(words));
      $('chat-outcome').replaceChildren();
      if (text.value.trim() === words) text.value = '';
      page.changed();
    } catch (error) {
      showBad($('chat-outcome'), 'Your message was not sent', errorInWords(error));
    }
  });

  const example = () => {
    const data = json(text.value.trim() || 'Hello');
    return { target: { channel }, json: data, script: subscribingScript(page.connection.address, channel,
      [`subscription.publish(${data});`]) };
  };
  return { channel, example, receive: (publication) => publication.channel === channel && say(publication, page.client.client) };
}

function say({ data, info }, me) {
  const lines = $('chat-lines');
  $('chat-empty').hidden = true;
  const mine = Boolean(info) && info.client === me;
  const sender = info ? (info.user ? `user ${info.user}` : info.client.slice(0, 8)) : 'back end';
  const said = typeof data?.text === 'string' ? data.text : JSON.stringify(data);
  lines.append(element('li', { className: mine ? 'mine' : '' },
    element('p', { className: 'by' },
      element('b', { text: String(data?.name ?? 'Somebody') }), element('span', { text: mine ? 'you' : sender }), element('time', { text: clockTime() })),
    element('p', { className: 'said', text: said })));
  while (lines.childElementCount > mostLines) lines.firstElementChild.remove();
  $('chat-log').scrollTop = $('chat-log').scrollHeight;
}

/** One name for chat and game, kept for this tab. */
function nameField() {
  const field = $('chat-name');
  field.value = remembered('name') || callNames[Math.floor(Math.random() * callNames.length)];
  field.addEventListener('input', () => remember('name', field.value.trim()));
  return () => field.value.trim();
}

export function game(page) {
  const field = new Game(page.client, () => $('chat-name').value.trim().slice(0, 20));
  return {
    channel: gameChannel,
    example: () => ({
      target: { channel: gameChannel },
      json: '{"x":0.5,"y":0.5,"name":"curl"}',
      script: subscribingScript(page.connection.address, gameChannel,
        ['const move = () => subscription.publish({ x: Math.random(), y: Math.random() });', 'setInterval(() => move().catch(console.error), 50);']),
    }),
    enter: () => field.start(),
    leave: () => {
      field.stop();
      page.client.unsubscribe(gameChannel);
    },
    receive: (publication) => publication.channel === gameChannel && field.receive(publication),
  };
}

export function any(page) {
  const channelField = $('any-channel');
  const field = $('any-data');
  const form = $('any-form');
  const line = document.querySelector('#panel-any .subscription');
  fill(field, { hello: 'world', n: 1 });
  bindJson(field, page);

  const typedChannel = () => {
    const channel = channelField.value.trim();
    fieldError(channelField, channel ? '' : 'Type a channel, for example news:local.');
    if (!channel) channelField.focus();
    return channel;
  };
  channelField.addEventListener('input', () => {
    fieldError(channelField, '');
    page.changed();
  });
  $('any-subscribe').addEventListener('submit', (event) => {
    event.preventDefault();
    const channel = typedChannel();
    if (!channel) return;
    page.client.subscribe(channel);
    page.subscriptions.line(line, channel);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const channel = typedChannel();
    const json = checkedJson(field);
    if (!channel || json === null) return;
    if (form.elements['any-way'].value === 'http') page.backEnd.publish({ channel }, json, $('any-outcome'));
    else publishAsClient(page, channel, json, $('any-outcome'));
  });

  return {
    channel: '',
    example: () => {
      const channel = channelField.value.trim();
      return { target: { channel }, json: jsonOf(field), script: subscribingScript(page.connection.address, channel) };
    },
  };
}

async function publishAsClient(page, channel, json, outcome) {
  try {
    await page.client.publish(channel, json);
    showGood(outcome, `Published to ${channel} over the WebSocket.`);
  } catch (error) {
    showBad(outcome, 'The gateway did not take it', errorInWords(error));
  }
}

function fill(field, value) {
  field.value = JSON.stringify(value, null, 2);
  fieldError(field, '');
}

/** While typing, an error goes away as soon as it is mended, but none appears before something is to be sent. */
function bindJson(field, page) {
  field.addEventListener('input', () => {
    if (readJson(field.value).ok) fieldError(field, '');
    page.changed();
  });
}

function jsonOf(field) {
  return readJson(field.value).json ?? null;
}

function checkedJson(field) {
  const { ok, json, message } = readJson(field.value);
  fieldError(field, ok ? '' : message);
  if (!ok) field.focus();
  return ok ? json : null;
}
