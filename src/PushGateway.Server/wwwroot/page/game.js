import { $, showBad } from './dom.js';
import { errorInWords } from './words.js';

export const gameChannel = 'game:arena';

const timesASecond = 20;
const width = 1000;
const height = 520;
/** A player who said nothing for so long has left. */
const goneAfter = 2500;
const trailLength = 16;
/** So many positions may be on their way; if more were, this connection is too slow and a position is skipped. */
const mostUnanswered = 40;
const keyStep = 0.025;
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** The game's field: sends where this tab's dot is, shows where everybody's dot was last heard to be. */
export class Game {
  #client;
  #name;
  #x = 0.2 + Math.random() * 0.6;
  #y = 0.2 + Math.random() * 0.6;
  #phase = Math.random() * 1000;
  #autopilot = !calm.matches;
  #number = 0;
  #sentAt = new Map();
  #unanswered = 0;
  #players = new Map();
  #received = [];
  #trips = [];
  #ticker = null;
  #board;

  constructor(client, name) {
    this.#client = client;
    this.#name = name;
    const field = $('field');
    field.addEventListener('pointerdown', (event) => this.#steer(event));
    field.addEventListener('pointermove', (event) => !this.#autopilot && this.#steer(event));
    field.addEventListener('keydown', (event) => this.#key(event));
    $('autopilot').addEventListener('click', () => this.#setAutopilot(!this.#autopilot));
    this.#setAutopilot(this.#autopilot);
    this.#placeMe();
  }

  start() {
    if (this.#ticker) return;
    this.#ticker = new Worker(new URL('ticker.js', import.meta.url));
    this.#ticker.onmessage = () => this.#tick();
    this.#ticker.postMessage(1000 / timesASecond);
    this.#board = setInterval(() => this.#showFigures(), 250);
  }

  stop() {
    this.#ticker?.terminate();
    this.#ticker = null;
    clearInterval(this.#board);
    this.#unanswered = 0;
    this.#received = [];
    this.#sentAt.clear();
    for (const id of [...this.#players.keys()]) this.#remove(id);
    this.#showFigures();
    $('game-outcome').replaceChildren();
  }

  /** Positions may come from anybody, so anything that is not two numbers is not a position. */
  receive({ data, info }) {
    const now = performance.now();
    this.#received.push(now);
    if (!Number.isFinite(data?.x) || !Number.isFinite(data?.y)) return;
    const id = info?.client ?? 'back end';
    if (id === this.#client.client) this.#measure(data.n, now);
    const player = this.#players.get(id) ?? this.#add(id);
    player.heard = now;
    player.label.textContent = String(data.name ?? (info ? '' : 'back end')).slice(0, 20);
    const x = clamp(data.x) * width;
    const y = clamp(data.y) * height;
    player.dot.style.transform = `translate(${x}px, ${y}px)`;
    player.dot.dataset.x = String(data.x);
    player.dot.dataset.y = String(data.y);
    if (calm.matches) return;
    player.points.push(`${x.toFixed(1)},${y.toFixed(1)}`);
    if (player.points.length > trailLength) player.points.shift();
    player.trail.setAttribute('points', player.points.join(' '));
  }

  #tick() {
    if (this.#autopilot) this.#fly();
    if (this.#client.state !== 'connected') {
      this.#unanswered = 0;
      return;
    }
    if (this.#unanswered >= mostUnanswered) return;
    const n = ++this.#number;
    this.#sentAt.set(n, performance.now());
    this.#sentAt.delete(n - 100);
    this.#unanswered++;
    const json = JSON.stringify({ x: round(this.#x), y: round(this.#y), n, name: this.#name() });
    this.#client.publish(gameChannel, json).then(
      () => this.#answered(),
      (error) => {
        this.#answered();
        if (error.code !== 0) showBad($('game-outcome'), 'This position was not taken', errorInWords(error));
      });
  }

  #answered() {
    this.#unanswered = Math.max(0, this.#unanswered - 1);
  }

  #fly() {
    const t = performance.now() / 1000 + this.#phase;
    this.#x = 0.5 + 0.41 * Math.sin(t * 0.9);
    this.#y = 0.5 + 0.37 * Math.sin(t * 1.31 + 0.7);
    this.#placeMe();
  }

  #steer(event) {
    this.#setAutopilot(false);
    const box = $('field').getBoundingClientRect();
    this.#moveTo((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  #key(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
    if (dx === undefined) return;
    event.preventDefault();
    this.#setAutopilot(false);
    this.#moveTo(this.#x + dx * keyStep, this.#y + dy * keyStep * (width / height));
  }

  #moveTo(x, y) {
    this.#x = clamp(x);
    this.#y = clamp(y);
    this.#placeMe();
  }

  #placeMe() {
    $('me').style.transform = `translate(${this.#x * width}px, ${this.#y * height}px)`;
  }

  #setAutopilot(on) {
    this.#autopilot = on;
    $('autopilot').setAttribute('aria-pressed', String(on));
  }

  #measure(n, now) {
    const sentAt = this.#sentAt.get(n);
    if (sentAt === undefined) return;
    this.#sentAt.delete(n);
    this.#trips.push(now - sentAt);
    if (this.#trips.length > timesASecond) this.#trips.shift();
  }

  #add(id) {
    const dot = svg('g', { class: 'player', 'data-client': id });
    const circle = svg('circle', { r: 15 });
    const label = svg('text', { y: -26, 'text-anchor': 'middle' });
    const trail = svg('polyline', { class: 'trail' });
    const colour = `hsl(${hueOf(id)} 70% 52%)`;
    circle.style.fill = colour;
    trail.style.stroke = colour;
    dot.append(circle, label);
    $('players').append(dot);
    $('trails').append(trail);
    const player = { dot, label, trail, points: [], heard: 0 };
    this.#players.set(id, player);
    return player;
  }

  #remove(id) {
    const { dot, trail } = this.#players.get(id);
    dot.remove();
    trail.remove();
    this.#players.delete(id);
  }

  #showFigures() {
    const now = performance.now();
    while (this.#received.length > 0 && this.#received[0] < now - 1000) this.#received.shift();
    for (const [id, { heard }] of [...this.#players]) if (heard < now - goneAfter) this.#remove(id);
    $('game-rate').textContent = String(this.#received.length);
    $('game-players').textContent = String(this.#players.size);
    const sorted = this.#trips.toSorted((a, b) => a - b);
    $('game-trip').textContent = sorted.length > 0 ? sorted[sorted.length >> 1].toFixed(1) : '–';
  }
}

function svg(name, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function clamp(part) {
  return Math.min(1, Math.max(0, part));
}

function round(part) {
  return Math.round(part * 1000) / 1000;
}

/** The same client has the same colour in every tab. */
function hueOf(id) {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return hash % 360;
}
