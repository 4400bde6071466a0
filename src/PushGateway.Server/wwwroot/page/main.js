import { BackEnd } from './backend.js';
import { ConnectionCard } from './connection.js';
import { Examples } from './examples.js';
import { gameChannel } from './game.js';
import { GatewayClient } from './gateway.js';
import { ArrivalLog } from './log.js';
import { any, chat, game, news, orders } from './scenarios.js';
import { Subscriptions } from './subscriptions.js';
import { tabs } from './tabs.js';

const client = new GatewayClient('page');
const connection = new ConnectionCard(client);
const subscriptions = new Subscriptions(client);
const backEnd = new BackEnd(() => connection.apiKey);
const log = new ArrivalLog();
const examples = new Examples();

const page = { client, connection, subscriptions, backEnd, changed: () => current && examples.show(current.example(), connection.apiKey) };
const scenarios = { news: news(page), orders: orders(page), chat: chat(page), game: game(page), any: any(page) };
const entered = new Set();
let current;

for (const line of document.querySelectorAll('.subscription')) subscriptions.line(line, line.dataset.channel);

client.addEventListener('publication', ({ detail }) => {
  // Positions come by the hundred each second: they are for the game's field, not for the log.
  if (detail.channel !== gameChannel) log.add(detail);
  backEnd.arrived(detail);
  for (const scenario of Object.values(scenarios)) scenario.receive?.(detail);
});
client.addEventListener('subscription', ({ detail: { channel, lost } }) => {
  if (lost) log.note(channel, 'Something may have been missed here: the history does not reach back to where this page left off.');
});
connection.addEventListener('change', () => {
  for (const scenario of Object.values(scenarios)) scenario.identityChanged?.();
  page.changed();
});

scenarios.orders.identityChanged();
connection.connect();
tabs((id) => {
  if (current === scenarios[id]) return;
  current?.leave?.();
  current = scenarios[id];
  // A scenario subscribes when it is first opened; the game each time, since it ends when it is left.
  if (current.channel && (!entered.has(id) || current.leave)) client.subscribe(current.channel);
  entered.add(id);
  current.enter?.();
  page.changed();
});
