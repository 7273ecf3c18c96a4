const KEY = 'goverse-chat';

/** What this browser tab remembers of the last visit; a second tab starts as somebody else. */
export const memory = {
  ...read(),
  save({ name, rooms }) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ name, rooms: [...rooms.keys()] }));
    } catch {
      // Storage may be switched off; then nothing is remembered.
    }
  },
};

function read() {
  const empty = { name: '', rooms: [] };
  try {
    return { ...empty, ...JSON.parse(sessionStorage.getItem(KEY) ?? '{}') };
  } catch {
    return empty;
  }
}
