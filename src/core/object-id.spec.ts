import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  fnv1a32,
  isNodeAddress,
  isTypeName,
  newObjectId,
  newObjectIdOnNode,
  newObjectIdOnShard,
  parseObjectId,
  placementOf,
  shardOf,
} from './object-id.js';

interface ShardVector {
  readonly id: string;
  readonly fnv1a32: number;
  readonly shard8192: number;
  readonly shard64: number;
}

const { shard } = JSON.parse(readFileSync(new URL('../../test/vectors.json', import.meta.url), 'utf8')) as {
  shard: { valid: ShardVector[]; invalidIds: string[]; invalidWithoutType: string[] };
};
const beyond64 = shard.valid.find(({ id }) => id === 'shard#8191/y')!;
const invalid = expect.objectContaining({ reason: 'INVALID_OBJECT_ID' }) as Error;

describe('object ids', () => {
  it.each(shard.valid)('put $id on the shard of the golden vectors', (vector) => {
    expect(shardOf(vector.id)).toBe(vector.shard8192);
  });

  it.each(shard.valid)('hash $id as in the golden vectors', (vector) => {
    expect(fnv1a32(vector.id)).toBe(vector.fnv1a32);
  });

  it.each(shard.valid.filter((vector) => vector !== beyond64))(
    'put $id on the shard of the golden vectors in a cluster of 64',
    (vector) => {
      expect(shardOf(vector.id, 64)).toBe(vector.shard64);
    },
  );

  it('refuse a shard that a smaller cluster does not have; its golden vector gives the hash only', () => {
    expect(fnv1a32(beyond64.id) % 64).toBe(beyond64.shard64);
    expect(() => shardOf(beyond64.id, 64)).toThrowError(invalid);
  });

  it.each(shard.invalidIds)('refuse %j', (id) => {
    expect(() => placementOf(id)).toThrowError(invalid);
    expect(() => parseObjectId(id, 8192, 'Type')).toThrowError(invalid);
  });

  it.each(shard.invalidWithoutType)('refuse %j without a type, and take it with one', (id) => {
    expect(() => parseObjectId(id)).toThrowError(invalid);
    expect(parseObjectId(id, 8192, 'Room')).toMatchObject({ type: 'Room', key: id });
  });

  it('are read as type and key at the first dash', () => {
    expect(parseObjectId('ChatRoom-a-b')).toMatchObject({ type: 'ChatRoom', key: 'a-b' });
  });

  it('are read after the placement', () => {
    expect(parseObjectId('shard#5/ChatRoom-x')).toMatchObject({ placement: { shard: 5 }, type: 'ChatRoom', key: 'x' });
    expect(parseObjectId('10.0.0.7:47000/ChatRoom-x')).toMatchObject({
      placement: { node: '10.0.0.7:47000' },
      key: 'x',
    });
    expect(parseObjectId('[::1]:47000/ChatRoom-x').placement).toEqual({ node: '[::1]:47000' });
  });

  it('keep everything after the first slash as the object', () => {
    expect(parseObjectId('shard#5/ChatRoom-a/b').key).toBe('a/b');
  });

  it('take 255 bytes of UTF-8 and not one more', () => {
    expect(shardOf(`T-${'é'.repeat(126)}a`)).toBeTypeOf('number');
    expect(() => shardOf(`T-${'é'.repeat(127)}`)).toThrowError(invalid);
  });

  it('refuse control characters and lone surrogates', () => {
    for (const id of ['T-\n', 'T-\u0000', 'T-\u009f', 'T-\ud800']) expect(() => placementOf(id)).toThrowError(invalid);
  });

  it('refuse a shard for an id that is bound to a node', () => {
    expect(() => shardOf('10.0.0.7:47000/T-x')).toThrowError(/bound to the node 10\.0\.0\.7:47000/);
  });

  it('are generated unique, where they are wanted', () => {
    expect(newObjectId('Room')).toMatch(/^Room-[\w-]{20}$/);
    expect(newObjectId('Room')).not.toBe(newObjectId('Room'));
    expect(shardOf(newObjectIdOnShard('Room', 7))).toBe(7);
    expect(placementOf(newObjectIdOnNode('Room', 'node-1:47000'))).toEqual({ node: 'node-1:47000' });
  });

  it('are not generated for wrong types, shards and nodes', () => {
    expect(() => newObjectId('a-b')).toThrowError(invalid);
    expect(() => newObjectIdOnShard('Room', -1)).toThrowError(invalid);
    expect(() => newObjectIdOnNode('Room', 'node-1')).toThrowError(invalid);
  });

  it('know type names and node addresses', () => {
    expect(['Room', '_r', 'a.B9'].every(isTypeName)).toBe(true);
    expect(['', '9a', 'a-b', 'a b'].some(isTypeName)).toBe(false);
    expect(['a:1', '1.2.3.4:65535', '[::1]:80', 'node_1.x:9'].every(isNodeAddress)).toBe(true);
    expect(['a', 'a:0', 'a:65536', ':80', '../x:1', '::1:80'].some(isNodeAddress)).toBe(false);
  });
});
