import { $ } from './dom.js';

/** Tabs as the ARIA practices want them: arrows move, the address keeps which one is open. */
export function tabs(select) {
  const all = [...document.querySelectorAll('[role=tab]')];
  const idOf = (tab) => tab.id.slice('tab-'.length);

  const open = (tab, { focus = false } = {}) => {
    for (const other of all) {
      other.setAttribute('aria-selected', String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
      $(`panel-${idOf(other)}`).hidden = other !== tab;
    }
    if (focus) tab.focus();
    select(idOf(tab));
  };
  const fromAddress = () => all.find((tab) => `#${idOf(tab)}` === location.hash) ?? all[0];

  for (const tab of all) {
    tab.addEventListener('click', () => choose(tab));
    tab.addEventListener('keydown', (event) => {
      const at = all.indexOf(tab);
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      choose(all.at(next % all.length), { focus: true });
    });
  }
  window.addEventListener('hashchange', () => open(fromAddress()));
  open(fromAddress());

  function choose(tab, options) {
    history.replaceState(null, '', `#${idOf(tab)}`);
    open(tab, options);
  }
}
