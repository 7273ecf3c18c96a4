import { byId } from './elements.js';

const LABELS = {
  connecting: 'Connecting',
  connected: 'Connected',
  reconnecting: 'Reconnecting',
  closed: 'Disconnected',
};

/** The state of the connection: a word beside the name, and a banner while there is none. */
export class ConnectionView {
  show({ state, error }) {
    const label = byId('connection');
    label.textContent = LABELS[state];
    label.dataset.state = state;
    document.documentElement.dataset.connection = state;
    byId('banner').textContent = bannerOf(state, error);
  }
}

function bannerOf(state, error) {
  if (state === 'connected') return '';
  if (state === 'closed') return `The gate does not let this page in: ${error?.message ?? 'the connection is closed'}`;
  if (state === 'reconnecting') return 'The connection is lost. Trying to get it back; nothing you write is lost.';
  return error ? 'No gate answers yet. Trying again.' : 'Connecting.';
}
