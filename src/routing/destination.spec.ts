import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../cluster/index.js';
import type { ObjectCall } from '../core/index.js';
import { DEFAULT_POOL, parseObjectId } from '../core/index.js';
import { NobodyThere, destinationOf } from './destination.js';

const SHARDS = 64;

interface TestNode {
  readonly pool: string;
  readonly types: readonly string[];
}

const rooms: TestNode = { pool: DEFAULT_POOL, types: ['Room', 'Lobby'] };
const arenas: TestNode = { pool: 'arena', types: ['Arena'] };

/** Every shard of a pool is with the node named for the pool. */
function view(nodes: Record<string, TestNode>, owners: Record<string, string>, more: Partial<ClusterView> = {}) {
  const pools: Record<string, string> = { Room: DEFAULT_POOL, Lobby: DEFAULT_POOL, Arena: 'arena' };
  return {
    store: 's',
    revision: 7,
    shards: SHARDS,
    nodes: new Map(Object.entries(nodes)) as unknown as ClusterView['nodes'],
    gates: new Map(),
    poolOf: (type: string) => pools[type],
    ownerOf: (_shard: number, pool = DEFAULT_POOL) => owners[pool],
    assigneeOf: () => undefined,
    ...more,
  } satisfies ClusterView;
}

const target = (id: string) => parseObjectId(id, SHARDS);
const both = view({ 'a:1': rooms, 'b:1': arenas }, { default: 'a:1', arena: 'b:1' });

function refusal(seen: ClusterView, id: string, isFromClient = false): NobodyThere {
  const call = { verb: 'call', objectId: id, method: 'm', isFromClient } as ObjectCall;
  expect(destinationOf(seen, target(id))).toBeUndefined();
  return new NobodyThere(call, target(id), seen);
}

describe('where a call goes', () => {
  it('is the pool by its type and the owner there by its shard', () => {
    expect(destinationOf(both, target('Room-x'))).toBe('a:1');
    expect(destinationOf(both, target('Arena-x'))).toBe('b:1');
    expect(destinationOf(both, target('shard#5/Arena-x'))).toBe('b:1');
    expect(destinationOf(both, parseObjectId('free text', SHARDS, 'Arena'))).toBe('b:1');
  });

  it('is the assignee while nobody owns the shard', () => {
    const moving = view({ 'a:1': rooms }, {}, { assigneeOf: (_shard, pool) => (pool === 'default' ? 'a:1' : 'x:1') });
    expect(destinationOf(moving, target('Room-x'))).toBe('a:1');
  });

  it('is the node an id names, whatever its pool, if it hosts the type', () => {
    expect(destinationOf(both, target('b:1/Arena-x'))).toBe('b:1');
    expect(refusal(both, 'b:1/Room-x')).toMatchObject({ reason: 'UNKNOWN_TYPE', final: true });
    expect(refusal(both, 'c:1/Room-x')).toMatchObject({ reason: 'NO_OWNER', final: true });
  });

  it('is nowhere for a type nobody has ever hosted; callers in the cluster hear what is hosted, clients do not', () => {
    expect(refusal(both, 'Nope-x')).toMatchObject({
      reason: 'UNKNOWN_TYPE',
      message: expect.stringContaining('no object type Nope; hosted there: Arena, Lobby, Room'),
      final: true,
    });
    expect(refusal(both, 'Nope-x', true).message).toBe('There is no object type Nope');
  });

  it('is open while no node of a type is alive that has been hosted, naming type and pool', () => {
    expect(refusal(view({ 'a:1': rooms }, { default: 'a:1' }), 'Arena-x')).toMatchObject({
      reason: 'NO_OWNER',
      message: expect.stringContaining('no node is alive that hosts Arena (pool arena)'),
      final: false,
      retryable: true,
    });
  });

  it('takes no type for unknown while no node is alive', () => {
    expect(refusal(view({}, {}), 'Nope-x')).toMatchObject({ reason: 'NO_OWNER', final: false });
  });

  it('is not an owner that lacks the type', () => {
    const mixed = view({ 'a:1': { pool: DEFAULT_POOL, types: ['Lobby'] } }, { default: 'a:1' });
    expect(refusal(mixed, 'Room-x')).toMatchObject({
      reason: 'NO_OWNER',
      message: expect.stringMatching(/a:1, which does not host Room/),
      final: false,
    });
  });
});
