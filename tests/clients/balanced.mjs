// WebSockets as a balancer spreads them: each attempt to connect goes to the next of several nodes.
import WebSocket from 'ws';

export function balanced(urls, first = 0) {
  let attempts = first;
  return class extends WebSocket {
    constructor(_, protocols) {
      super(urls[attempts++ % urls.length], protocols);
    }
  };
}
