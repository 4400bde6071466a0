// Many subscribers on the official client in one process: says on standard output what their applications see, in order.
//
//   node crowd.mjs '{"url":"ws://…/connection/websocket","first":0,"count":1000,"all":"kept:all","groups":["kept:1","kept:2"]}'
//
// Each is subscribed to the channel of all and to one of the groups, client n to group n % groups.length; `first` is the number of the first.
// A line is a JSON array of events, each an array that begins with its kind and the number of the client; channel 0 is that of all, channel 1 that of the group:
//
//   ["c", client]                          connected
//   ["l", client, code, reason]            connection lost, connecting anew
//   ["d", client, code, reason]            disconnected for good
//   ["s", client, channel, told]           subscribed; told: it came back and not all it missed could be recovered
//   ["u", client, channel, code]           unsubscribed for good
//   ["p", client, channel, n]              a publication with {"n": …} as its data
//
// Ends when standard input ends.
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';

// A line per event would cost more than the event.
const batchMilliseconds = 50;

// As many connect at a time, so that none of them waits for the others longer than its own patience.
const connectingAtOnce = 50;

const { url, first, count, all, groups } = JSON.parse(process.argv[2]);
let events = [];

function say(...event) {
  if (events.push(event) === 1) {
    setTimeout(() => {
      process.stdout.write(JSON.stringify(events) + '\n');
      events = [];
    }, batchMilliseconds);
  }
}

function member(number) {
  const client = new Centrifuge(url, { websocket: WebSocket });
  client.on('connected', () => say('c', number));
  client.on('connecting', ({ code, reason }) => code !== 0 && say('l', number, code, reason));
  client.on('disconnected', ({ code, reason }) => say('d', number, code, reason));
  const subscriptions = [all, groups[number % groups.length]].map((name, channel) => {
    const subscription = client.newSubscription(name);
    subscription.on('subscribed', ({ wasRecovering, recovered }) => say('s', number, channel, wasRecovering && !recovered));
    subscription.on('unsubscribed', ({ code }) => say('u', number, channel, code));
    subscription.on('publication', ({ data }) => say('p', number, channel, data.n));
    subscription.subscribe();
    return subscription;
  });
  client.connect();
  return Promise.all(subscriptions.map(subscription => subscription.ready()));
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));

for (let begun = 0; begun < count; begun += connectingAtOnce) {
  const numbers = Array.from({ length: Math.min(connectingAtOnce, count - begun) }, (_, i) => first + begun + i);
  await Promise.all(numbers.map(member));
}
