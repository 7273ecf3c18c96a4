import { describe, expect, it } from 'vitest';
import { readObjectPath } from './object-path.js';

describe('readObjectPath', () => {
  it.each([
    ['Room-1', { objectId: 'Room-1', method: undefined }],
    ['Room-1/Join', { objectId: 'Room-1', method: 'Join' }],
    ['shard%235%2FRoom-1/Join', { objectId: 'shard#5/Room-1', method: 'Join' }],
    ['Room-%25/Jo%2Fin', { objectId: 'Room-%', method: 'Jo/in' }],
    ['Room-%F0%9F%98%80', { objectId: 'Room-😀', method: undefined }],
  ])('splits %s before it decodes', (path, expected) => expect(readObjectPath(path)).toEqual(expected));

  it.each(['', '/', '/Join', 'Room-1/', 'Room-1/a/b', 'Room-1//'])('finds nothing in %j', (path) => {
    expect(readObjectPath(path)).toBeUndefined();
  });

  it.each(['Room-%', 'Room-%zz', 'Room-%ff', 'Room-1/%c0%80'])('refuses %s', (path) => {
    expect(() => readObjectPath(path)).toThrow(expect.objectContaining({ reason: 'INVALID_OBJECT_ID' }));
  });
});
