/** Where a node is in its life. */
export type NodeState =
  /** Not registered yet: looking for etcd, or for its address to become free. */
  | { readonly name: 'joining' }
  /** Registered; takes and serves shards. */
  | { readonly name: 'serving' }
  /** Hands over what it has and takes nothing. */
  | { readonly name: 'draining' }
  /** Lost its lease or its registration: runs nothing until its old turns have ended and it has joined again. */
  | { readonly name: 'fenced'; readonly reason: string }
  /** For good. */
  | { readonly name: 'stopped' };

export type NodeEvent =
  | { readonly kind: 'joined' }
  | { readonly kind: 'drain' }
  | { readonly kind: 'fence'; readonly reason: string }
  | { readonly kind: 'stop' };

/** The state after an event; the same state where the event changes nothing. */
export function nextState(state: NodeState, event: NodeEvent): NodeState {
  if (state.name === 'stopped') return state;
  switch (event.kind) {
    case 'stop':
      return { name: 'stopped' };
    case 'drain':
      return state.name === 'draining' ? state : { name: 'draining' };
    case 'joined':
      return state.name === 'joining' || state.name === 'fenced' ? { name: 'serving' } : state;
    case 'fence':
      return state.name === 'serving' ? { name: 'fenced', reason: event.reason } : state;
  }
}
