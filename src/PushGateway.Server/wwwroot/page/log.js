import { $, clockTime, element } from './dom.js';

const most = 200;
const longest = 20_000;
/** Arrivals are drawn together at this pace, so that a burst of thousands costs one drawing and not thousands. */
const drawEvery = 40;
const announceEvery = 1500;

/** What arrived, newest first, never more than 200 entries however much comes. */
export class ArrivalLog {
  #total = 0;
  #pending = [];
  #drawTimer;
  #announced = 0;
  #announceTimer;

  constructor() {
    $('arrivals-clear').addEventListener('click', () => this.#clear());
  }

  add(arrival) {
    this.#total++;
    this.#put({ ...arrival, at: new Date() });
  }

  /** A line that is not an arrival but explains one, or its absence. */
  note(channel, text) {
    this.#put({ channel, note: text, at: new Date() });
  }

  #put(entry) {
    this.#pending.push(entry);
    if (this.#pending.length > most) this.#pending.shift();
    this.#drawTimer ??= setTimeout(() => this.#draw(), drawEvery);
  }

  #draw() {
    this.#drawTimer = undefined;
    const list = $('entries');
    list.prepend(...this.#pending.reverse().map(drawn));
    const newest = this.#pending[0];
    this.#pending = [];
    while (list.childElementCount > most) list.lastElementChild.remove();
    this.#showCount();
    this.#announce(newest);
  }

  /** Screen readers hear how many came and where from, at most every second and a half. */
  #announce(newest) {
    if (this.#announceTimer) return;
    this.#announceTimer = setTimeout(() => {
      const count = this.#total - this.#announced;
      this.#announced = this.#total;
      this.#announceTimer = undefined;
      if (count > 0) $('announcer').textContent = count === 1 ? `Arrived on ${newest.channel}` : `${count} arrivals, the last on ${newest.channel}`;
    }, announceEvery);
  }

  #showCount() {
    const empty = $('entries').childElementCount === 0;
    $('arrivals-count').textContent = String(this.#total);
    $('arrivals-empty').hidden = !empty;
    $('entries').hidden = empty;
    $('arrivals-clear').disabled = empty;
    $('arrivals-bound').hidden = this.#total <= most;
  }

  #clear() {
    this.#total = this.#announced = 0;
    this.#pending = [];
    $('entries').replaceChildren();
    this.#showCount();
    $('arrivals').focus();
  }
}

function drawn({ channel, data, info, offset, tags, missed, note, at }) {
  const head = element('div', { className: 'entry-head' }, element('b', { className: 'channel', text: channel }));
  const from = element('div', { className: 'entry-from' });
  if (missed) from.append(element('span', { className: 'tag', text: 'missed while away' }));
  if (info) from.append(element('span', { className: 'from', text: `from ${senderOf(info)}` }));
  if (offset > 0) head.append(element('span', { className: 'offset', text: `offset ${offset}` }));
  head.append(element('time', { text: clockTime(at, { milliseconds: true }), datetime: at.toISOString() }));
  if (note) return element('li', { className: 'entry note', 'data-channel': channel }, head, element('p', { text: note }));

  const entry = element('li', { className: 'entry', 'data-channel': channel }, head, from, element('pre', { text: pretty(data) }));
  if (tags) entry.append(element('p', { className: 'tags', text: Object.entries(tags).map(([name, value]) => `${name}: ${value}`).join(', ') }));
  return entry;
}

function senderOf({ user, client }) {
  return user ? `user ${user}` : `anonymous ${client.slice(0, 8)}`;
}

function pretty(data) {
  const text = JSON.stringify(data, null, 2) ?? '';
  return text.length > longest ? `${text.slice(0, longest)}\n… ${text.length - longest} more characters` : text;
}
