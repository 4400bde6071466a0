// The few things every part of the page does with the document.

export const $ = (id) => document.getElementById(id);

/** An element with text. Everything that came from outside goes through `text`, never through markup. */
export function element(name, { text, className, ...attributes } = {}, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Shows a message under a field, or takes it away. */
export function fieldError(field, message) {
  $(`${field.id}-error`).textContent = message ?? '';
  if (message) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
}

export function showGood(outcome, text) {
  outcome.replaceChildren(element('p', { className: 'notice good', text }));
}

export function showBad(outcome, title, detail, errors = []) {
  const notice = element('div', { className: 'notice bad' }, element('b', { text: title }));
  if (detail) notice.append(element('p', { text: detail }));
  if (errors.length > 0) notice.append(element('ul', {}, ...errors.map((text) => element('li', { text }))));
  outcome.replaceChildren(notice);
}

export function clockTime(date = new Date(), { milliseconds = false } = {}) {
  const two = (number) => String(number).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return milliseconds ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time;
}

/** Copies what `source` shows when `button` is pressed; the button says how it went. */
export function copyOnPress(button, source) {
  const label = button.textContent;
  let timer;
  button.addEventListener('click', async () => {
    const copied = await copy(source.textContent, source);
    button.textContent = copied ? 'Copied' : 'Selected: press Ctrl+C';
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = label), 2000);
  });
}

/** navigator.clipboard exists on https and localhost only, and may be denied; then the old way, then a selection to copy by hand. */
async function copy(text, source) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const selection = getSelection();
    selection.selectAllChildren(source);
    const copied = document.execCommand('copy');
    if (copied) selection.removeAllRanges();
    return copied;
  }
}

export function remember(key, value) {
  try {
    if (value) sessionStorage.setItem(key, value);
    else sessionStorage.removeItem(key);
  } catch { /* storage is switched off: then it is not remembered */ }
}

export function remembered(key) {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
