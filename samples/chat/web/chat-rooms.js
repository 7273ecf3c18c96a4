import { GoverseClient } from '../goverse/client/browser.js';

/** How often a member says that it is still there; a room that moved to another node learns of it within this time. */
const RENEWAL_MS = 15_000;

/** How many messages of a room the page keeps. */
const KEPT = 500;

/**
 * The rooms this page is in and its connection to the gate. Events: `connection`, `rooms` (list, unread, active room),
 * `members`, `message`, `refresh` (everything in a room may be new), `note` (somebody came or went), each with
 * `detail: { room, ... }`.
 */
export class ChatRooms extends EventTarget {
  /** Rooms by name, in the order in which they were joined. */
  rooms = new Map();
  active = undefined;
  connection = { state: 'connecting' };
  name = '';
  #client;

  constructor(name) {
    super();
    this.name = name;
    const onState = (change) => this.#connectionChanged(change);
    this.#client = GoverseClient.connect(gatesOf(location), { connectTimeoutMs: Infinity, onState }).then((client) => {
      client.on('ChatMessage', (message) => this.#received(message));
      client.on('MemberJoined', (push) => this.#memberJoined(push));
      client.on('MemberLeft', (push) => this.#memberLeft(push));
      return client;
    });
    // The error itself is told as a change of the connection.
    this.#client.catch(() => undefined);
    setInterval(() => this.#joinAll(), RENEWAL_MS);
  }

  get activeRoom() {
    return this.rooms.get(this.active);
  }

  /** Opens a room and joins it. Rejects with what the room or the gate says. */
  async join(roomName) {
    if (!this.rooms.has(roomName)) {
      this.rooms.set(roomName, {
        name: roomName,
        members: new Set(),
        messages: [],
        unread: 0,
        state: 'joining',
        draft: '',
      });
    }
    this.show(roomName);
    try {
      await this.#enter(this.rooms.get(roomName));
    } catch (error) {
      const room = this.rooms.get(roomName);
      if (room?.state === 'joining') this.#forget(roomName);
      throw error;
    }
  }

  show(roomName) {
    this.active = roomName;
    const room = this.rooms.get(roomName);
    if (room) room.unread = 0;
    this.#tell('rooms', roomName);
    this.#tell('refresh', roomName);
  }

  /** The person looks at the page again. */
  see() {
    this.activeRoom.unread = 0;
    this.#tell('rooms', this.active);
  }

  async leave(roomName) {
    const wasMember = this.rooms.get(roomName)?.state === 'member';
    this.#forget(roomName);
    if (wasMember) await this.#call(roomName, 'Leave', { userId: this.name });
  }

  /** Says something in a room; one that has forgotten its members is joined again first. */
  async say(roomName, content) {
    const send = () => this.#call(roomName, 'SendMessage', { userId: this.name, content });
    try {
      await send();
    } catch (error) {
      if (error.reason !== 'NOT_A_MEMBER') throw error;
      await this.#enter(this.rooms.get(roomName));
      await send();
    }
  }

  /** Goes on under another name in every room. */
  async rename(name) {
    const before = this.name;
    const rooms = [...this.rooms.values()];
    await Promise.allSettled(rooms.map((room) => this.#call(room.name, 'Leave', { userId: before })));
    this.name = name;
    for (const room of rooms) room.state = 'joining';
    this.#tell('rooms', this.active);
    await Promise.all(rooms.map((room) => this.#enter(room)));
  }

  async #call(roomName, method, argument) {
    const client = await this.#client;
    return client.callObject(`ChatRoom-${roomName}`, method, argument);
  }

  async #enter(room) {
    const { name } = this;
    const view = await this.#call(room.name, 'Join', { userId: name });
    if (this.rooms.get(room.name) !== room || this.name !== name) return;
    const before = room.state;
    room.state = 'member';
    room.members = new Set(view.members);
    const fresh = view.history.filter((message) => !isKnown(room, message));
    room.messages = [...room.messages, ...fresh].slice(-KEPT);
    if (before !== 'joining' && room.name !== this.active) room.unread += fresh.length;
    this.#tell('members', room.name);
    if (fresh.length > 0 || before !== 'member') this.#tell('refresh', room.name);
    this.#tell('rooms', room.name);
  }

  /** After a reconnection, and from time to time. */
  #joinAll() {
    if (this.connection.state !== 'connected') return;
    for (const room of this.rooms.values()) {
      // What cannot be renewed now is renewed next time; sending tells the reason.
      if (room.state !== 'lost') this.#enter(room).catch(() => undefined);
    }
  }

  #forget(roomName) {
    this.rooms.delete(roomName);
    if (this.active === roomName) this.show([...this.rooms.keys()].at(-1));
    else this.#tell('rooms', roomName);
  }

  #connectionChanged(change) {
    const wasConnected = this.connection.state === 'connected';
    this.connection = change;
    this.#tell('connection', undefined, { change });
    // A client that is resumed is still a member wherever it was one.
    if (change.state === 'connected' && !wasConnected && !change.resumed) this.#joinAll();
  }

  #received(message) {
    const room = this.rooms.get(message.room);
    if (!room || isKnown(room, message)) return;
    room.messages = [...room.messages, message].slice(-KEPT);
    if (room.name !== this.active || document.hidden) room.unread++;
    this.#tell('message', room.name, { message });
    this.#tell('rooms', room.name);
  }

  #memberJoined({ room: roomName, userId }) {
    const room = this.rooms.get(roomName);
    if (!room || room.members.has(userId)) return;
    room.members.add(userId);
    this.#tell('members', roomName);
    if (userId !== this.name) this.#tell('note', roomName, { text: `${userId} joined` });
  }

  #memberLeft({ room: roomName, userId }) {
    const room = this.rooms.get(roomName);
    if (!room) return;
    if (userId === this.name) {
      room.state = 'lost';
      this.#tell('refresh', roomName);
      return;
    }
    if (!room.members.delete(userId)) return;
    this.#tell('members', roomName);
    this.#tell('note', roomName, { text: `${userId} left` });
  }

  #tell(type, room, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail: { room, ...detail } }));
  }
}

/** The gate that served the page: over a WebSocket, or with server-sent events where something between does not let it through. */
function gatesOf({ origin }) {
  return [origin.replace(/^http/, 'ws'), origin];
}

/** A message comes by push, in the history, or both ways in either order; its time is unique in its room. */
function isKnown(room, { sentAt, userId }) {
  return room.messages.some((known) => known.sentAt === sentAt && known.userId === userId);
}
