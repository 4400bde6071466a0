// A client with tokens, on the official SDK, for tests: signs them itself as a back end would, and says on standard output, a JSON object a line, what its application sees.
//
//   node member.mjs '{"url":"ws://…/connection/websocket","secret":"…","user":"42","seconds":3,"channel":"$room"}'
//
// `seconds` is how long each token lasts; `first`, how long the first one does, negative for one that has ended. Ends when standard input ends.
import { createHmac } from 'node:crypto';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';

const { url, secret, user, seconds, first = seconds, channel, wrong } = JSON.parse(process.argv[2]);
const say = (event, fields) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');

const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url');
function sign(claims, lasts) {
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: user, exp: Math.floor(Date.now() / 1000) + lasts, ...claims })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

let asked = 0;
const client = new Centrifuge(url, {
  websocket: WebSocket,
  token: sign({}, first),
  getToken: async () => {
    say('token', { asked: ++asked });
    return sign(wrong ? { sub: wrong } : {}, seconds);
  },
  minReconnectDelay: 50,
  maxReconnectDelay: 500,
});
client.on('connected', ({ client }) => say('connected', { client }));
client.on('connecting', ({ code, reason }) => say('connecting', { code, reason }));
client.on('disconnected', ({ code, reason }) => say('disconnected', { code, reason }));
client.on('publication', ({ channel, data }) => say('publication', { channel, data }));

if (channel) {
  const subscription = client.newSubscription(channel, {
    getToken: async () => {
      say('subscription-token', { channel });
      return sign({ channel }, seconds);
    },
    minResubscribeDelay: 50,
    maxResubscribeDelay: 500,
  });
  subscription.on('subscribed', () => say('subscribed', { channel }));
  subscription.on('subscribing', ({ code, reason }) => say('subscribing', { channel, code, reason }));
  subscription.on('unsubscribed', ({ code, reason }) => say('unsubscribed', { channel, code, reason }));
  subscription.on('publication', ({ data }) => say('publication', { channel, data }));
  subscription.subscribe();
}

client.connect();
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
