// A subscriber on the official client, for the accounts of tests/PushGateway.Faults: says on standard output what its application sees, in order.
//
//   node witness.mjs '{"urls":["ws://…/connection/websocket"],"first":0,"channels":["kept:1"]}'
//
// A line is a JSON array of events, each an array; channels are given by their number:
//
//   ["p", channel, n, offset]              a publication with {"n": …} as its data; no offset is null
//   ["s", channel, recoverable, told]      subscribed; told: it came back and not all it missed could be recovered
//   ["u", channel, code]                   unsubscribed for good
//   ["r", channel, code]                   subscribing anew, 2500 for instance
//   ["c"]                                  connected
//   ["l", code, reason]                    connection lost, connecting anew
//   ["d", code, reason]                    disconnected for good
//
// Ends when standard input ends.
import { Centrifuge } from 'centrifuge';
import { balanced } from './balanced.mjs';

// A line per publication would cost more than the publication.
const batchMilliseconds = 10;

const { urls, first, channels } = JSON.parse(process.argv[2]);
let events = [];

function say(...event) {
  if (events.push(event) === 1) {
    setTimeout(() => {
      process.stdout.write(JSON.stringify(events) + '\n');
      events = [];
    }, batchMilliseconds);
  }
}

const client = new Centrifuge(urls[0], { websocket: balanced(urls, first), minReconnectDelay: 50, maxReconnectDelay: 500 });
client.on('connected', () => say('c'));
client.on('connecting', ({ code, reason }) => say('l', code, reason));
client.on('disconnected', ({ code, reason }) => say('d', code, reason));

channels.forEach((name, channel) => {
  const subscription = client.newSubscription(name, { minResubscribeDelay: 50, maxResubscribeDelay: 500 });
  subscription.on('subscribed', ({ recoverable, wasRecovering, recovered }) => say('s', channel, recoverable, wasRecovering && !recovered));
  subscription.on('subscribing', ({ code }) => say('r', channel, code));
  subscription.on('unsubscribed', ({ code }) => say('u', channel, code));
  subscription.on('publication', ({ data, offset }) => say('p', channel, data.n, offset ?? null));
  subscription.subscribe();
});

client.connect();
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
