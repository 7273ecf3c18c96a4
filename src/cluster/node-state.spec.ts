import { describe, expect, it } from 'vitest';
import type { NodeState } from './node-state.js';
import { nextState } from './node-state.js';

const joining: NodeState = { name: 'joining' };
const serving: NodeState = { name: 'serving' };
const fenced: NodeState = { name: 'fenced', reason: 'lease' };

describe('nextState', () => {
  it('goes from joining to serving, to fenced, and back', () => {
    expect(nextState(joining, { kind: 'joined' })).toEqual(serving);
    expect(nextState(serving, { kind: 'fence', reason: 'lease' })).toEqual(fenced);
    expect(nextState(fenced, { kind: 'joined' })).toEqual(serving);
  });

  it('does not come back from draining', () => {
    const draining = nextState(serving, { kind: 'drain' });
    expect(draining).toEqual({ name: 'draining' });
    expect(nextState(draining, { kind: 'joined' })).toBe(draining);
    expect(nextState(draining, { kind: 'fence', reason: 'lease' })).toBe(draining);
    expect(nextState(fenced, { kind: 'drain' })).toEqual(draining);
  });

  it('stays stopped', () => {
    const stopped = nextState(serving, { kind: 'stop' });
    for (const event of [{ kind: 'joined' }, { kind: 'drain' }, { kind: 'stop' }] as const) {
      expect(nextState(stopped, event)).toBe(stopped);
    }
  });
});
