import { avatar, byId, element } from './elements.js';

/** Messages of one user that follow each other within this time stand together. */
const GROUP_MS = 5 * 60_000;

/** How close to the end one counts as reading the newest messages, in pixels. */
const NEAR_END = 80;

/** The messages of the room that is shown. */
export class MessageLog {
  #log = byId('log');
  #newest = byId('newest');
  #last = undefined;
  #group = undefined;

  constructor() {
    this.#newest.addEventListener('click', () => this.toEnd());
    this.#log.addEventListener('scroll', () => {
      if (this.#isNearEnd()) this.#newest.hidden = true;
    });
    // A smaller window (a keyboard that opens) must not hide the newest message.
    new ResizeObserver(() => this.#newest.hidden && this.toEnd()).observe(this.#log);
  }

  /** Shows a room from the beginning. Screen readers are not read the whole history. */
  show(room, ownName) {
    this.#log.setAttribute('aria-live', 'off');
    this.#log.replaceChildren();
    this.#last = this.#group = undefined;
    if (room) for (const message of room.messages) this.#add(message, ownName);
    if (!room || room.messages.length === 0) this.#log.append(emptyState(room));
    this.toEnd();
    setTimeout(() => this.#log.setAttribute('aria-live', 'polite'));
  }

  append(message, ownName) {
    const follow = this.#isNearEnd() || message.userId === ownName;
    this.#add(message, ownName);
    if (follow) this.toEnd();
    else this.#newest.hidden = false;
  }

  /** A line about the room itself. */
  note(text) {
    const follow = this.#isNearEnd();
    this.#log.append(element('p', { className: 'note', text }));
    this.#last = undefined;
    if (follow) this.toEnd();
  }

  toEnd() {
    this.#newest.hidden = true;
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #add(message, ownName) {
    this.#log.querySelector('.empty')?.remove();
    const sentAt = new Date(message.sentAt);
    if (!this.#last || !sameDay(new Date(this.#last.sentAt), sentAt)) this.#addDay(sentAt);
    if (!this.#continues(message, sentAt)) this.#startGroup(message, sentAt, message.userId === ownName);
    const text = element('p', { className: 'bubble', text: message.content, attributes: { title: fullTime(sentAt) } });
    this.#group.append(text);
    this.#last = message;
  }

  #continues({ userId }, sentAt) {
    return this.#last?.userId === userId && sentAt - new Date(this.#last.sentAt) < GROUP_MS;
  }

  #startGroup({ userId }, sentAt, isOwn) {
    const time = element('time', { text: shortTime(sentAt), attributes: { datetime: sentAt.toISOString() } });
    const author = element('span', { className: 'author', text: isOwn ? 'You' : userId });
    this.#group = element('div', { className: 'bubbles' }, element('p', { className: 'byline' }, author, time));
    const children = isOwn ? [this.#group] : [avatar(userId), this.#group];
    this.#log.append(
      element(
        'article',
        {
          className: isOwn ? 'group own' : 'group',
          attributes: { 'aria-label': `${isOwn ? 'You' : userId}, ${shortTime(sentAt)}` },
        },
        ...children,
      ),
    );
  }

  #addDay(date) {
    const day = dayName(date);
    if ([...this.#log.querySelectorAll('.day')].at(-1)?.dataset.day === day) return;
    const line = element('p', { className: 'day' }, element('span', { text: day }));
    line.dataset.day = day;
    this.#log.append(line);
    this.#last = undefined;
  }

  #isNearEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }
}

function emptyState(room) {
  const isLost = room?.state === 'lost';
  const title = room ? (room.state === 'joining' ? 'Joining the room' : 'Nothing said yet') : 'You are in no room';
  const text = room
    ? isLost
      ? ''
      : 'Write the first message. Open this page in a second window to talk to yourself.'
    : 'Join one from the list of rooms.';
  return element(
    'div',
    { className: 'empty' },
    element('p', { className: 'empty-title', text: title }),
    element('p', { text }),
  );
}

function sameDay(a, b) {
  return a.toDateString() === b.toDateString();
}

function dayName(date) {
  if (sameDay(date, new Date())) return 'Today';
  if (sameDay(date, new Date(Date.now() - 86_400_000))) return 'Yesterday';
  return date.toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
}

function shortTime(date) {
  return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

function fullTime(date) {
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}
