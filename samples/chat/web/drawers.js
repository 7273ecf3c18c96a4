import { byId } from './elements.js';

/** On narrow screens the rooms and the people are panels that slide over the messages, one at a time. */
export class Drawers {
  #opened = undefined;

  constructor() {
    for (const [button, panel] of [
      ['show-rooms', 'sidebar'],
      ['show-people', 'people'],
    ]) {
      byId(button).addEventListener('click', () => this.#open(byId(panel), byId(button)));
      byId(panel)
        .querySelector('[data-close]')
        .addEventListener('click', () => this.close());
    }
    byId('backdrop').addEventListener('click', () => this.close());
    document.addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
    addEventListener('resize', () => this.close());
  }

  close() {
    if (!this.#opened) return;
    const { panel, button } = this.#opened;
    this.#opened = undefined;
    panel.classList.remove('open');
    byId('backdrop').hidden = true;
    byId('room').inert = false;
    button.setAttribute('aria-expanded', 'false');
    button.focus();
  }

  #open(panel, button) {
    this.close();
    this.#opened = { panel, button };
    panel.classList.add('open');
    byId('backdrop').hidden = false;
    byId('room').inert = true;
    button.setAttribute('aria-expanded', 'true');
    panel.querySelector('[data-close]').focus();
  }
}
