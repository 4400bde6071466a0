// The first page in a real browser, against a running gateway:
//
//   node page.test.mjs --url http://127.0.0.1:PORT --chromium /path/to/chromium --artifacts DIR
//
// Says one line a check and ends with 0 when all hold; ends with 1 at the first that does not, and leaves a screenshot of it in DIR.
// Nothing here sleeps: every wait is for something to be seen, and all of them together have 90 seconds.
import { spawn } from 'node:child_process';
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { Collector } from './collector.mjs';

const { values: given } = parseArgs({ options: { url: { type: 'string' }, chromium: { type: 'string' }, artifacts: { type: 'string' } } });
assert.ok(given.url && given.chromium && given.artifacts, 'usage: page.test.mjs --url URL --chromium PATH --artifacts DIR');
const origin = new URL(given.url).origin;
const run = `run-${process.pid}-${Date.now()}`;
const overall = 90_000;
const patience = 10_000;
mkdirSync(given.artifacts, { recursive: true });
for (const old of readdirSync(given.artifacts).filter((name) => /^failed-\d+\.png$/.test(name))) rmSync(join(given.artifacts, old));

const browser = await chromium.launch({
  executablePath: given.chromium,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const collector = new Collector(origin);
let current = 'start';
const bound = setTimeout(() => failed(new Error(`not done after ${overall / 1000} s`)), overall);

async function check(name, body) {
  current = name;
  const startedAt = performance.now();
  try {
    await body();
    collector.assertQuiet();
  } catch (error) {
    await failed(error);
  }
  console.log(`ok      ${name} (${Math.round(performance.now() - startedAt)} ms)`);
}

async function failed(error) {
  console.log(`FAILED  ${current}: ${error.message}`);
  for (const line of collector.lines) console.log(`        the browser said: ${line}`);
  const end = setTimeout(() => process.exit(1), 5000);
  let number = 0;
  for (const context of browser.contexts())
    for (const page of context.pages())
      await page.screenshot({ path: join(given.artifacts, `failed-${number++}.png`), timeout: 2000 }).catch(() => {});
  await browser.close().catch(() => {});
  clearTimeout(end);
  process.exit(1);
}

// --- what a test does with a page

async function newContext(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(patience);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  collector.watch(context);
  return context;
}

async function open(context, address = '/') {
  const page = await context.newPage();
  await page.goto(origin + address);
  await connected(page);
  return page;
}

/** Looks by the clock and not at each frame, of which a tab behind another has few. */
const until = (page, condition, argument) => page.waitForFunction(condition, argument, { polling: 25 });
const connected = (page) => page.locator('#connection[data-state=connected]').waitFor();
const subscribed = (page, channel) => page.locator(`#subscriptions .chip[data-channel="${channel}"][data-state=subscribed]`).waitFor();
const clientOf = (page) => page.locator('#client-id').textContent();

async function show(page, scenario) {
  await page.bringToFront();
  await page.click(`#tab-${scenario}`);
  await page.locator(`#panel-${scenario}`).waitFor();
}

/** Waits until this very payload is in the log under this channel. */
async function arrived(page, channel, data) {
  const expected = JSON.stringify(data);
  await until(page, ([wanted, json]) => [...document.querySelectorAll('#entries .entry')].some((entry) =>
      entry.dataset.channel === wanted && JSON.stringify(JSON.parse(entry.querySelector('pre').textContent)) === json),
    [channel, expected]).catch(() => assert.fail(`${expected} did not arrive on ${channel}`));
}

async function post(body) {
  const response = await fetch(`${origin}/v1/notifications`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  assert.equal(response.status, 200, `POST answered ${response.status}: ${await response.clone().text()}`);
  return response.json();
}

/** Runs a command line as a person would who pasted it. */
function shell(line) {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`bash ended with ${code}: ${output}`))));
  });
}

const outcome = (page, scenario, text) => page.locator(`#${scenario}-outcome`, { hasText: text }).waitFor();
const shownCurl = (page) => page.locator('#curl').textContent();

async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

// --- the checks

const context = await newContext();
let page;

await check('the page loads, with its title', async () => {
  page = await context.newPage();
  const response = await page.goto(origin + '/');
  assert.equal(response.status(), 200);
  assert.match(await page.title(), /PushGateway/);
});

await check('it gets connected and says who it is', async () => {
  await connected(page);
  assert.match(await clientOf(page), /^\S{8,}$/);
  assert.equal(await page.locator('#state-name').textContent(), 'Connected');
  assert.equal(await page.locator('#identity').textContent(), 'anonymous');
});

await check('it subscribes to news, unsubscribes and subscribes again', async () => {
  await subscribed(page, 'news:world');
  const line = page.locator('#panel-news .subscription');
  await line.getByRole('button').click();
  await page.locator('#panel-news .subscription[data-state=none]').waitFor();
  await line.getByRole('button').click();
  await subscribed(page, 'news:world');
});

await check('every field and button has a name', async () => {
  const nameless = await page.evaluate(() => [...document.querySelectorAll('input, textarea, button, a, [role]')]
    .filter((node) => !(node.labels?.length || node.textContent.trim() || node.getAttribute('aria-label') || node.getAttribute('aria-labelledby')
      || node.matches('[role=status], [role=alert]')))
    .map((node) => node.outerHTML.slice(0, 80)));
  assert.deepEqual(nameless, []);
});

await check('publishing with the button arrives', async () => {
  const data = { title: 'Pressed', run };
  await page.fill('#news-data', JSON.stringify(data, null, 2));
  await page.click('#news-form button[type=submit]');
  await arrived(page, 'news:world', data);
  await outcome(page, 'news', /Accepted for news:world\. It was back on this page [\d.]+ ms/);
});

await check('a POST from elsewhere arrives with exactly its payload', async () => {
  const data = { run, text: 'Grüße, 世界 🌍', nested: { list: [1, 2.5, -3e-7, null, true, '', { deep: [] }] }, lines: 'a\nb\tc', ' ': '\\' };
  const { results } = await post({ channel: 'news:world', data });
  assert.deepEqual(results.map((result) => result.channel), ['news:world']);
  await arrived(page, 'news:world', data);
});

await check('JSON that is none is shown at the field, and nothing is sent', async () => {
  const requests = collector.requests.length;
  for (const [text, message] of [['{"title": }', /not valid JSON.+/], ['   ', /Type some JSON/]]) {
    await page.fill('#news-data', text);
    await page.click('#news-form button[type=submit]');
    await page.locator('#news-data-error', { hasText: message }).waitFor();
    assert.equal(await page.getAttribute('#news-data', 'aria-invalid'), 'true');
    assert.equal(await page.getAttribute('#news-data', 'aria-describedby'), 'news-data-error');
    assert.ok(await page.locator('#copy-curl').isDisabled(), 'there is nothing to copy');
  }
  assert.equal(collector.requests.length, requests, 'a request was sent');
  await page.fill('#news-data', '{}');
  assert.equal(await page.locator('#news-data-error').textContent(), '');
  assert.equal(await page.getAttribute('#news-data', 'aria-invalid'), null);
});

await check('what is typed is sent as typed, large numbers too', async () => {
  await page.fill('#news-data', `{ "id": 12345678901234567890,\n  "run": "${run} a  b" }`);
  const [request] = await Promise.all([page.waitForRequest('**/v1/notifications'), page.click('#news-form button[type=submit]')]);
  assert.equal(request.postData(), `{"channel":"news:world","data":{"id":12345678901234567890,"run":"${run} a  b"}}`);
  await outcome(page, 'news', /back on this page/);
});

await check('the copied curl line is the one shown, and works in a shell', async () => {
  const data = { title: "It's copied", run };
  await page.fill('#news-data', JSON.stringify(data));
  await page.click('#copy-curl');
  await page.locator('#copy-curl', { hasText: 'Copied' }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, await shownCurl(page));
  assert.match(copied, new RegExp(`^curl .*${origin}/v1/notifications`));
  assert.deepEqual(JSON.parse(await shell(copied)).results.map((result) => result.channel), ['news:world']);
  await arrived(page, 'news:world', data);
});

await check('markup and quotes stay text, in the log and in the shell', async () => {
  const data = { html: `<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">`, shell: `'"\`$(touch /nowhere/x)\` $HOME !! \\ '; exit 3 #`, run };
  await page.fill('#news-data', JSON.stringify(data));
  await page.click('#news-form button[type=submit]');
  await arrived(page, 'news:world', data);
  const again = { ...data, run: `${run} by curl` };
  await page.fill('#news-data', JSON.stringify(again));
  await shell(await shownCurl(page));
  await arrived(page, 'news:world', again);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator('#entries script, #entries img').count(), 0);
});

await check('copying works without navigator.clipboard', async () => {
  const other = await newContext();
  await other.addInitScript(() => delete Navigator.prototype.clipboard);
  const old = await open(other);
  await old.fill('#news-data', `{"old":"${run}"}`);
  await old.click('#copy-curl');
  await old.locator('#copy-curl', { hasText: 'Copied' }).waitFor();
  await page.bringToFront();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await shownCurl(old));
  await other.close();
});

await check('an API key is sent, is in the curl line, and outlives a reload but not the tab', async () => {
  const other = await newContext();
  const keyed = await open(other);
  await keyed.click('#settings summary');
  await keyed.fill('#api-key', 'k3y');
  assert.match(await shownCurl(keyed), /-H 'X-API-Key: k3y'/);
  await keyed.reload();
  await connected(keyed);
  const [request] = await Promise.all([keyed.waitForRequest('**/v1/notifications'), keyed.click('#news-form button[type=submit]')]);
  assert.equal(request.headers()['x-api-key'], 'k3y');
  await until(keyed, () => document.querySelector('#news-outcome').textContent !== '');
  assert.equal(await keyed.evaluate(() => localStorage.length), 0);
  const next = await open(other);
  assert.equal(await next.inputValue('#api-key'), '');
  await other.close();
});

await check('a client that may not publish is told so in plain words', async () => {
  await page.click('#news-as-client');
  await outcome(page, 'news', /Permission denied: .+error 103/);
});

await check('an unknown channel is refused in plain words, by the WebSocket and by HTTP', async () => {
  await show(page, 'any');
  await page.fill('#any-channel', 'nowhere:1');
  await page.click('#any-subscribe button');
  await page.locator('#panel-any .refusal', { hasText: /No such channel: .+error 102/ }).waitFor();
  collector.expect(/400/);
  await page.click('#any-form button[type=submit]');
  const notice = page.locator('#any-outcome .bad');
  await notice.waitFor();
  assert.match(await notice.locator('b').textContent(), /\S.+\(400\)$/);
  assert.match(await notice.textContent(), /nowhere/);
  await page.getByRole('button', { name: 'Unsubscribe: nowhere:1' }).click();
});

await check('any channel: subscribe, publish to it, unsubscribe', async () => {
  const channel = `chat:${run}`;
  await page.fill('#any-channel', channel);
  await page.click('#any-subscribe button');
  await subscribed(page, channel);
  for (const way of ['http', 'socket']) {
    const data = [way, run];
    await page.check(`#any-form [value=${way}]`);
    await page.fill('#any-data', JSON.stringify(data, null, 1));
    await page.click('#any-form button[type=submit]');
    await arrived(page, channel, data);
  }
  await page.getByRole('button', { name: `Unsubscribe: ${channel}` }).first().click();
  await page.locator(`#subscriptions .chip[data-channel="${channel}"]`).waitFor({ state: 'detached' });
});

await check('the JavaScript shown receives, with the official client', async () => {
  await show(page, 'news');
  const code = await page.locator('#script').textContent();
  const child = spawn(process.execPath, ['--input-type=module', '-e', `import WebSocket from "ws"; globalThis.WebSocket ??= WebSocket;\n${code}`],
    { cwd: dirname(dirname(fileURLToPath(import.meta.url))), stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    let output = '';
    await new Promise((resolve, reject) => {
      const hear = (chunk) => {
        output += chunk;
        if (/connected \S/.test(output)) resendUntilHeard ??= resend();
        if (output.includes(`script ${run}`)) resolve();
      };
      // The script says when it is connected, not when it is subscribed, so it is told until it hears.
      let resendUntilHeard;
      const resend = async () => {
        while (!output.includes(`script ${run}`) && child.exitCode === null) await post({ channel: 'news:world', data: { to: `script ${run}` } });
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('close', (exit) => reject(new Error(`the script ended with ${exit}: ${output}`)));
    });
  } finally {
    child.removeAllListeners('close');
    child.kill();
  }
});

await check('the description of the API is where the link points', async () => {
  const response = await fetch(new URL(await page.getAttribute('#openapi', 'href'), origin + '/'));
  assert.equal(response.status, 200);
  assert.match((await response.json()).openapi, /^3\./);
});

let second;

await check('chat: a line from one tab arrives in the other, with who said it', async () => {
  await show(page, 'chat');
  second = await open(context, '/#chat');
  await Promise.all([subscribed(page, 'chat:lobby'), subscribed(second, 'chat:lobby')]);
  await page.fill('#chat-name', 'Ada');
  await page.fill('#chat-text', `<b>Hello</b> ${run}`);
  await page.press('#chat-text', 'Enter');
  const line = second.locator('#chat-lines li', { hasText: `<b>Hello</b> ${run}` });
  await line.waitFor();
  assert.equal(await line.locator('b').textContent(), 'Ada');
  assert.equal(await line.locator('.by span').textContent(), (await clientOf(page)).slice(0, 8));
  const own = page.locator('#chat-lines li.mine', { hasText: run });
  await own.waitFor();
  assert.equal(await own.locator('.by span').textContent(), 'you');
});

await check('a user gets what is sent to the user, and only that user', async () => {
  await page.bringToFront();
  await page.click('#settings summary');
  await page.fill('#user-id', '42');
  await page.click('#identity-form button[type=submit]');
  await page.locator('#identity', { hasText: 'user 42' }).waitFor();
  await subscribed(page, '#42');
  const data = { for: 42, run };
  const { results } = await post({ user: '42', data });
  assert.deepEqual(results.map((result) => result.channel), ['#42']);
  await arrived(page, '#42', data);
  await post({ channel: 'chat:lobby', data });
  await arrived(second, 'chat:lobby', data);
  assert.equal(await second.locator('.entry[data-channel="#42"]').count(), 0);
});

await check('orders: steps light up when they arrive, on the order and on the user’s channel', async () => {
  await show(page, 'orders');
  await subscribed(page, 'orders:1001');
  await page.click('#order-buttons [data-status=packed]');
  await page.locator('#order-steps .done[data-status=packed]').waitFor();
  await page.check('#orders-form [value=user]');
  await page.click('#order-buttons [data-status=shipped]');
  await page.locator('#order-steps .done[data-status=shipped]').waitFor();
  await arrived(page, '#42', { order: 1001, status: 'shipped', text: 'Your parcel is on its way.' });
  assert.match(await shownCurl(page), /"user":"42"/);
});

await check('game: the second tab sees the first one’s dot move, more than 5 times a second', async () => {
  await show(page, 'game');
  await show(second, 'game');
  await Promise.all([subscribed(page, 'game:arena'), subscribed(second, 'game:arena')]);
  if (await page.getAttribute('#autopilot', 'aria-pressed') === 'false') await page.click('#autopilot');
  const first = second.locator(`#players [data-client="${await clientOf(page)}"]`);
  await first.waitFor({ state: 'attached' });
  const before = await first.evaluate((dot) => `${dot.dataset.x} ${dot.dataset.y}`);
  await until(second, ([client, was]) => {
    const dot = document.querySelector(`#players [data-client="${client}"]`);
    return dot && `${dot.dataset.x} ${dot.dataset.y}` !== was;
  }, [await clientOf(page), before]);
  await until(second, () => Number(document.querySelector('#game-rate').textContent) > 5
    && Number(document.querySelector('#game-players').textContent) >= 2);
});

await check('game: the arrow keys move the dot, and positions stay out of the log', async () => {
  const client = await clientOf(page);
  await page.focus('#field');
  for (let press = 0; press < 60; press++) await page.keyboard.press('ArrowRight');
  await until(second, (id) => document.querySelector(`#players [data-client="${id}"]`)?.dataset.x === '1', client);
  assert.equal(await page.getAttribute('#autopilot', 'aria-pressed'), 'false');
  assert.equal(await page.locator('.entry[data-channel="game:arena"]').count(), 0);
  await show(page, 'news');
  await page.locator('#subscriptions .chip[data-channel="game:arena"]').waitFor({ state: 'detached' });
  await until(second, (id) => !document.querySelector(`#players [data-client="${id}"]`), client);
});

await check('going offline and coming back: subscriptions come back with it, and what was missed', async () => {
  await page.click('#toggle-connection');
  await page.locator('#connection[data-state=closed]').waitFor();
  const [missed, own] = [{ missed: run }, { missed: run, for: 42 }];
  await post({ channel: 'news:world', data: missed });
  await post({ user: '42', data: own });
  await page.click('#toggle-connection');
  await connected(page);
  await Promise.all([subscribed(page, 'news:world'), subscribed(page, '#42')]);
  await Promise.all([arrived(page, 'news:world', missed), arrived(page, '#42', own)]);
  assert.equal(await page.locator('#entries .entry .tag', { hasText: 'missed while away' }).count(), 2);
  const data = { back: run };
  await post({ channel: 'news:world', data });
  await arrived(page, 'news:world', data);
});

await check('a lost connection: says why, reconnects by itself and goes on; a final close stays closed', async () => {
  const other = await newContext();
  const cut = await other.newPage();
  let socket;
  await cut.routeWebSocket(/\/connection\/websocket/, (route) => {
    socket = route;
    route.connectToServer();
  });
  await cut.goto(origin + '/');
  await connected(cut);
  await subscribed(cut, 'news:world');
  const before = await clientOf(cut);
  // The reason may be on screen for a moment only, so it is written down when it appears.
  await cut.evaluate(() => {
    window.reasons = [];
    new MutationObserver(() => window.reasons.push(document.querySelector('#connection').dataset.state + ' ' + document.querySelector('#state-why').textContent))
      .observe(document.querySelector('#connection'), { subtree: true, childList: true, attributes: true, characterData: true });
  });
  await socket.close({ code: 3001, reason: 'shutdown' });
  await until(cut, (was) => !['–', was].includes(document.querySelector('#client-id').textContent), before);
  assert.ok((await cut.evaluate(() => window.reasons)).some((reason) => /^reconnecting .*shutting down\. \(code 3001, “shutdown”\) Trying again/.test(reason)));
  await subscribed(cut, 'news:world');
  const data = { after: run };
  await post({ channel: 'news:world', data });
  await arrived(cut, 'news:world', data);
  await socket.close({ code: 3503, reason: 'force disconnect' });
  await cut.locator('#connection[data-state=closed]').waitFor();
  assert.match(await cut.locator('#state-why').textContent(), /disconnected this client.+3503/);
  await cut.getByRole('button', { name: 'Connect', exact: true }).click();
  await connected(cut);
  await other.close();
});

await check('the log keeps the newest 200, newest first, and counts all', async () => {
  await page.click('#arrivals-clear');
  for (let n = 1; n <= 210; n++) await post({ channel: 'news:world', data: { n, run } });
  await until(page, () => document.querySelector('#arrivals-count').textContent === '210');
  const numbers = await page.locator('#entries .entry pre').evaluateAll((all) => all.map((pre) => JSON.parse(pre.textContent).n));
  assert.deepEqual(numbers, Array.from({ length: 200 }, (_, index) => 210 - index));
  await page.click('#arrivals-clear');
  await page.locator('#arrivals-empty').waitFor();
});

await check('the tabs work from the keyboard', async () => {
  await page.focus('#tab-news');
  await page.keyboard.press('ArrowLeft');
  await page.locator('#panel-any').waitFor();
  await page.keyboard.press('Home');
  await page.locator('#panel-news').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-news');
});

await context.close();

/** A page as it looks after a little use. */
async function portrait(name, options) {
  const studio = await newContext(options);
  const sitter = await open(studio);
  await subscribed(sitter, 'news:world');
  for (let n = 1; n <= 2; n++) {
    await sitter.click('#news-form button[type=submit]');
    await until(sitter, (count) => document.querySelector('#arrivals-count').textContent === String(count), n);
    if (n < 2) await sitter.click('#news-sample');
  }
  await outcome(sitter, 'news', /back on this page/);
  await until(sitter, () => document.getAnimations().every((animation) => animation.playState !== 'running'));
  await sitter.screenshot({ path: join(given.artifacts, `${name}.png`), fullPage: true });
  return { studio, sitter };
}

await check('desktop, light: a picture', async () => {
  const { studio, sitter } = await portrait('desktop-light', { colorScheme: 'light' });
  assert.ok(await overflow(sitter) <= 0, `the page is ${await overflow(sitter)} px too wide`);
  await studio.close();
});

await check('desktop, dark: a picture, and it is dark', async () => {
  const { studio, sitter } = await portrait('desktop-dark', { colorScheme: 'dark' });
  assert.equal(await sitter.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(14, 19, 22)');
  await studio.close();
});

await check('phone, 360 px: a picture, and no scenario is wider than the screen', async () => {
  const { studio, sitter } = await portrait('phone', { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  await sitter.click('#settings summary');
  for (const scenario of ['news', 'orders', 'chat', 'game', 'any']) {
    await show(sitter, scenario);
    assert.ok(await overflow(sitter) <= 0, `${scenario} is ${await overflow(sitter)} px too wide`);
    assert.equal(await sitter.evaluate(() => window.innerWidth), 360, `${scenario} made the browser zoom out`);
  }
  await studio.close();
});

await check('all the while: no console message, no failed request, nothing from elsewhere', async () => {
  collector.assertQuiet();
  assert.ok(collector.requests.length > 0);
});

await browser.close();
clearTimeout(bound);
