import { byId } from './elements.js';

/** The line that says what went wrong, and what can be done about it. */
export class Notice {
  #run = undefined;

  constructor() {
    byId('alert-close').addEventListener('click', () => this.hide());
    byId('alert-action').addEventListener('click', () => {
      const run = this.#run;
      this.hide();
      run?.();
    });
  }

  show(text, action) {
    this.#run = action?.run;
    byId('alert-action').hidden = action === undefined;
    byId('alert-action').textContent = action?.label ?? '';
    byId('alert-text').textContent = text;
    byId('alert').hidden = false;
  }

  hide() {
    byId('alert').hidden = true;
  }
}
