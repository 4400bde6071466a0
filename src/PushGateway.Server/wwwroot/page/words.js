// What the numbers of the protocol mean, in words for the person in front of the page.

const errors = {
  100: 'The gateway failed inside. Try again; its log says more.',
  101: 'The gateway does not know who you are. Connect with a token, or, on this machine, as a user.',
  102: 'No such channel: no namespace in the settings covers this name.',
  103: 'Permission denied: the settings of this namespace do not allow this to a client.',
  104: 'The gateway does not know this method.',
  105: 'Already subscribed to this channel.',
  106: 'A limit is exceeded: the channel name or the message is too long, or there are too many subscriptions.',
  107: 'The gateway did not understand the request.',
  108: 'This is not available: it is switched off for this namespace.',
  109: 'The token has expired.',
  110: 'The subscription has expired.',
  111: 'Too many requests. Slow down a little and try again.',
  112: 'What was missed can no longer be recovered: the history does not reach back that far.',
};

const closes = {
  1000: 'The connection was closed.',
  1001: 'The gateway went away.',
  1006: 'The connection was lost, or the gateway cannot be reached.',
  1009: 'A message was too large for the gateway.',
  1011: 'The gateway failed inside.',
  1012: 'The gateway is restarting.',
  3000: 'The connection was closed.',
  3001: 'The gateway is shutting down.',
  3004: 'The gateway failed inside.',
  3005: 'The connection has expired.',
  3006: 'A subscription has expired.',
  3008: 'This page read too slowly.',
  3009: 'The gateway could not write to this connection.',
  3010: 'The gateway lost its place in a channel; reconnecting repairs it.',
  3011: 'The gateway asked for a reconnect.',
  3012: 'This page did not answer a ping in time.',
  3013: 'Too many requests.',
  3500: 'The token is not valid.',
  3501: 'The gateway did not accept the request, or wants credentials.',
  3502: 'The connection was not set up in time.',
  3503: 'The gateway disconnected this client.',
  3504: 'Too many connections.',
  3505: 'Too many subscriptions.',
  3506: 'The wrong protocol was spoken.',
  3507: 'Permission denied.',
  3508: 'This is not available.',
  3509: 'Too many errors.',
};

/** @param {{code: number, message?: string}} error */
export function errorInWords(error) {
  if (error.code === 0) return error.message ?? 'No answer from the gateway.';
  const words = errors[error.code] ?? `The gateway refused: ${error.message || 'no reason given'}.`;
  return `${words} (error ${error.code}${error.message ? `, “${error.message}”` : ''})`;
}

/** @param {{code: number, reason?: string}} close */
export function closeInWords({ code, reason }) {
  if (code === 0) return reason ?? '';
  const words = closes[code] ?? 'The connection was closed.';
  return `${words} (code ${code}${reason ? `, “${reason}”` : ''})`;
}
