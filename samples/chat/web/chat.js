import { ChatRooms } from './chat-rooms.js';
import { Composer } from './composer.js';
import { ConnectionView } from './connection-view.js';
import { Drawers } from './drawers.js';
import { byId } from './elements.js';
import { MessageLog } from './message-log.js';
import { Notice } from './notice.js';
import { RoomList } from './room-list.js';
import { memory } from './memory.js';

const welcome = byId('welcome-form');
const named = decodeURIComponent(location.hash.slice(1));
welcome.elements.name.value = memory.name;
if (named !== '') welcome.elements.room.value = named;
welcome.addEventListener('submit', (event) => {
  event.preventDefault();
  const name = welcome.elements.name.value.trim();
  const room = roomName(welcome.elements.room.value);
  if (name !== '' && room !== '') start(name, room);
});

function start(name, firstRoom) {
  const rooms = new ChatRooms(name);
  const log = new MessageLog();
  const notice = new Notice();
  const drawers = new Drawers();
  const list = new RoomList(rooms, (room) => open(room));
  const composer = new Composer(rooms, notice);
  const connection = new ConnectionView();
  byId('welcome').hidden = true;
  byId('app').hidden = false;

  rooms.addEventListener('connection', ({ detail: { change } }) => connection.show(change));
  rooms.addEventListener('rooms', () => {
    list.render();
    memory.save(rooms);
  });
  rooms.addEventListener('members', ({ detail }) => detail.room === rooms.active && list.renderMembers());
  rooms.addEventListener(
    'message',
    ({ detail }) => detail.room === rooms.active && log.append(detail.message, rooms.name),
  );
  rooms.addEventListener('note', ({ detail }) => detail.room === rooms.active && log.note(detail.text));
  rooms.addEventListener('refresh', ({ detail }) => detail.room === rooms.active && refresh());

  function refresh() {
    const room = rooms.activeRoom;
    log.show(room, rooms.name);
    list.renderMembers();
    composer.show(room);
    byId('leave').hidden = room === undefined;
    history.replaceState(undefined, '', room ? `#${encodeURIComponent(room.name)}` : location.pathname);
    const back = { label: 'Come back', run: () => enter(room.name) };
    if (room?.state === 'lost')
      notice.show(`${rooms.name} joined ${room.name} from another window, which gets the messages now.`, back);
    else notice.hide();
  }

  function open(room) {
    drawers.close();
    rooms.show(room);
    composer.focus();
  }

  async function enter(room) {
    drawers.close();
    try {
      await rooms.join(room);
      composer.focus();
    } catch (error) {
      notice.show(`The room ${room} cannot be joined: ${error.message}`);
    }
  }

  byId('join-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const field = byId('join-room');
    const room = roomName(field.value);
    field.value = '';
    if (room !== '') void enter(room);
  });
  byId('leave').addEventListener('click', () => {
    rooms.leave(rooms.active).catch((error) => notice.show(`Leaving was not heard: ${error.message}`));
    composer.focus();
  });
  byId('rename').addEventListener('click', () => {
    byId('new-name').value = rooms.name;
    byId('name-dialog').showModal();
  });
  byId('name-cancel').addEventListener('click', () => byId('name-dialog').close());
  byId('name-form').addEventListener('submit', () => {
    const wanted = byId('new-name').value.trim();
    if (wanted === '' || wanted === rooms.name) return;
    rooms.rename(wanted).catch((error) => notice.show(`The name cannot be changed: ${error.message}`));
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && rooms.activeRoom) rooms.see();
  });

  connection.show(rooms.connection);
  for (const room of memory.rooms) if (room !== firstRoom) void enter(room);
  void enter(firstRoom);
}

/** People write `#lobby` for the room `lobby`. */
function roomName(text) {
  return text.trim().replace(/^#+\s*/, '');
}
