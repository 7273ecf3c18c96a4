import { byId } from './elements.js';

/** Longest message, as the room takes it. */
const LIMIT = 2000;

/** From how many characters left on the number is shown. */
const SHOW_LEFT = 200;

/** A message that is not through after this time is on its way, and the page says so. */
const SLOW_MS = 500;

/** The field in which messages are written; each room has its own draft. */
export class Composer {
  #field = byId('composer-text');
  #room = undefined;
  #slow = 0;

  constructor(rooms, notice) {
    this.rooms = rooms;
    this.notice = notice;
    this.#field.addEventListener('input', () => this.#changed());
    this.#field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void this.#send();
    });
    byId('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
  }

  show(room) {
    byId('composer').hidden = room === undefined;
    this.#room = room;
    this.#field.value = room?.draft ?? '';
    this.#field.placeholder = room ? `Message ${room.name}` : '';
    this.#changed();
  }

  focus() {
    // On a phone the keyboard would cover half of what there is to read.
    if (matchMedia('(hover: hover)').matches) this.#field.focus();
  }

  #changed() {
    const { value } = this.#field;
    if (this.#room) this.#room.draft = value;
    const left = LIMIT - value.length;
    const leftText = left <= SHOW_LEFT ? `${left} characters left. ` : '';
    byId('composer-left').textContent = this.#slow > 0 ? `Sending. ${leftText}` : leftText;
    byId('send').disabled = value.trim() === '';
    this.#field.style.height = 'auto';
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }

  async #send() {
    const room = this.#room;
    const text = this.#field.value.trim();
    if (!room || text === '') return;
    this.#field.value = '';
    this.#changed();
    this.notice.hide();
    let slow = 0;
    const timer = setTimeout(() => this.#count((slow = 1)), SLOW_MS);
    try {
      await this.rooms.say(room.name, text);
    } catch (error) {
      room.draft = room.draft === '' ? text : room.draft;
      if (this.#room === room) this.show(room);
      this.notice.show(`The message was not sent: ${error.message}`);
    } finally {
      clearTimeout(timer);
      this.#count(-slow);
    }
  }

  #count(change) {
    this.#slow += change;
    this.#changed();
  }
}
