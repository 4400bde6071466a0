// Verifies signed requests by the official library of Standard Webhooks, as a back end would: reads a JSON object a line from standard input, {secret, body, headers}, and says "good", or
// "bad" and why. Ends when standard input ends.
import { createInterface } from 'node:readline';
import { Webhook } from 'standardwebhooks';

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, body, headers } = JSON.parse(line);
  try {
    new Webhook(secret).verify(body, headers);
    console.log('good');
  } catch (error) {
    console.log(`bad: ${error.message}`);
  }
}
