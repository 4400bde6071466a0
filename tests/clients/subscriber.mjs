// A subscriber on the official client, for tests: says on standard output, a JSON object a line, what its application sees.
//
//   node subscriber.mjs '{"urls":["ws://…/connection/websocket"],"channels":["news:1"]}'
//
// Further fields: `delta`, such as "fossil", asks for publications as differences; `frames: true` says how long each frame was that came; `members: true` asks to be told who joins
// and leaves, and says who is there on every subscribing.
// With several urls each attempt to connect goes to the next, as a balancer would send it. Ends when standard input ends.
import { Centrifuge } from 'centrifuge';
import { balanced } from './balanced.mjs';

const { urls, channels = [], delta, frames, members } = JSON.parse(process.argv[2]);
const say = (event, fields) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');

const BalancedWebSocket = balanced(urls);
class ObservedWebSocket extends BalancedWebSocket {
  constructor(...where) {
    super(...where);
    if (frames) this.addEventListener('message', ({ data }) => say('frame', { length: data.length }));
  }
}

const client = new Centrifuge(urls[0], { websocket: ObservedWebSocket, minReconnectDelay: 50, maxReconnectDelay: 500 });
client.on('connected', context => say('connected', { client: context.client }));
client.on('connecting', context => say('connecting', { code: context.code, reason: context.reason }));
client.on('disconnected', context => say('disconnected', { code: context.code, reason: context.reason }));
client.on('error', context => say('error', { code: context.error.code, reason: context.error.message }));
client.on('subscribed', context => say('server-subscribed', { channel: context.channel, position: context.streamPosition }));
client.on('unsubscribed', context => say('server-unsubscribed', { channel: context.channel }));
client.on('publication', context => say('publication', { channel: context.channel, data: context.data }));

for (const channel of channels) {
  const subscription = client.newSubscription(channel, { ...(delta && { delta }), ...(members && { joinLeave: true }) });
  subscription.on('subscribed', async () => {
    say('subscribed', { channel });
    if (members) say('present', { channel, ...await subscription.presence(), ...await subscription.presenceStats() });
  });
  subscription.on('join', ({ info }) => say('join', { channel, info }));
  subscription.on('leave', ({ info }) => say('leave', { channel, info }));
  subscription.on('unsubscribed', context => say('unsubscribed', { channel, code: context.code }));
  subscription.on('publication', context => say('publication', { channel, data: context.data }));
  subscription.subscribe();
}

client.connect();
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
