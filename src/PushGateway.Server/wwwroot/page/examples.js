import { curlLine, notification } from './api.js';
import { $, copyOnPress } from './dom.js';

/** The two boxes of code: they always say what the scenario on screen does at this moment. */
export class Examples {
  constructor() {
    copyOnPress($('copy-curl'), $('curl'));
    copyOnPress($('copy-script'), $('script'));
  }

  /** @param {{target: object, json: string | null, script: string}} example; `json` is null while what is typed is not JSON */
  show({ target, json, script }, apiKey) {
    $('copy-curl').disabled = json === null;
    $('curl').textContent = json === null ? '# The data above is not valid JSON yet.' : curlLine(notification(target, json), apiKey);
    $('script').textContent = script;
  }
}

/** The official client, subscribed to a channel; `more` is what the scenario adds. */
export function subscribingScript(address, channel, more = []) {
  return script(address, [
    `const subscription = client.newSubscription(${JSON.stringify(channel)});`,
    'subscription.on("publication", ({ data }) => console.log(data));',
    'subscription.on("error", ({ error }) => console.error(error.message));',
    'subscription.subscribe();',
    ...more,
  ]);
}

/** The same for a user's own channel, which the gateway subscribes them to by itself. */
export function userScript(address, user) {
  return script(address, [
    `// The gateway subscribes user ${user.replace(/[\r\n\u2028\u2029]/g, ' ')} to a channel of their own when they connect.`,
    'client.on("publication", ({ channel, data }) => console.log(channel, data));',
  ]);
}

function script(address, lines) {
  return [
    'import { Centrifuge } from "centrifuge";',
    '',
    `const client = new Centrifuge(${JSON.stringify(address)});`,
    'client.on("connected", (context) => console.log("connected", context.client));',
    'client.on("disconnected", (context) => console.log(context.reason));',
    '',
    ...lines,
    '',
    'client.connect();',
  ].join('\n');
}
