import { byId, element, paintAvatar } from './elements.js';

/** The rooms this page is in, and who is here. */
export class RoomList {
  constructor(rooms, onSelect) {
    this.rooms = rooms;
    this.onSelect = onSelect;
  }

  render() {
    const items = [...this.rooms.rooms.values()].map((room) => this.#item(room));
    const focused = document.activeElement?.dataset.room;
    byId('rooms').replaceChildren(...items);
    if (focused !== undefined) items.find((item) => item.firstChild.dataset.room === focused)?.firstChild.focus();
    const unread = this.#unread();
    const elsewhere = unread - (this.rooms.activeRoom?.unread ?? 0);
    byId('unread-elsewhere').hidden = elsewhere === 0;
    byId('show-rooms').setAttribute(
      'aria-label',
      elsewhere === 0 ? 'Show the rooms' : `Show the rooms, ${elsewhere} unread messages`,
    );
    document.title = unread > 0 ? `(${unread}) goverse chat` : 'goverse chat';
    byId('my-name').textContent = this.rooms.name;
    paintAvatar(byId('my-avatar'), this.rooms.name);
  }

  renderMembers() {
    const room = this.rooms.activeRoom;
    const names = [...(room?.members ?? [])].sort((a, b) => a.localeCompare(b));
    byId('members').replaceChildren(...names.map((name) => this.#member(name)));
    byId('people-count').textContent = String(names.length);
    byId('people-room').textContent = room?.name ?? '';
    byId('room-title').textContent = room?.name ?? 'No room';
    byId('room-subtitle').textContent = room
      ? names.length === 1
        ? '1 person here'
        : `${names.length} people here`
      : '';
  }

  #unread() {
    return [...this.rooms.rooms.values()].reduce((sum, room) => sum + room.unread, 0);
  }

  #item(room) {
    const isActive = room.name === this.rooms.active;
    const button = element('button', { className: 'room-button', attributes: { type: 'button' } });
    button.dataset.room = room.name;
    if (isActive) button.setAttribute('aria-current', 'page');
    button.append(element('span', { className: 'hash', text: '#', attributes: { 'aria-hidden': 'true' } }));
    button.append(element('span', { className: 'room-name', text: room.name }));
    if (room.unread > 0) {
      button.append(element('span', { className: 'badge', text: room.unread > 99 ? '99+' : String(room.unread) }));
      button.append(element('span', { className: 'visually-hidden', text: ' unread messages' }));
    }
    button.addEventListener('click', () => this.onSelect(room.name));
    return element('li', {}, button);
  }

  #member(name) {
    const isMe = name === this.rooms.name;
    const item = element(
      'li',
      { className: 'member' },
      paintAvatar(element('span', { className: 'avatar', attributes: { 'aria-hidden': 'true' } }), name),
    );
    item.append(element('span', { className: 'member-name', text: name }));
    if (isMe) item.append(element('span', { className: 'tag', text: 'you' }));
    return item;
  }
}
