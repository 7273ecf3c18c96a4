import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { MessageRegistry } from './message-registry.js';

const sample = fileURLToPath(new URL('../../test/protos/sample.proto', import.meta.url));

describe('MessageRegistry', () => {
  it('finds messages of files and of roots by their full name only', () => {
    const root = protobuf.parse(
      'syntax = "proto3"; package own; message Note { string text = 1; message Part {} }',
    ).root;
    const registry = MessageRegistry.load([sample, root]);
    expect(registry.find('sample.Everything')?.fullName).toBe('.sample.Everything');
    expect(registry.find('own.Note.Part')?.fullName).toBe('.own.Note.Part');
    for (const name of ['Everything', 'sample', 'sample.Colour', 'sample.Missing', '', '.', 'own..Note']) {
      expect(registry.find(name), name).toBeUndefined();
    }
  });

  it('lists what is registered', () => {
    expect(MessageRegistry.load([sample]).names()).toEqual(
      expect.arrayContaining(['sample.Everything', 'sample.Inner', 'sample.Reply']),
    );
  });

  it('names the file that cannot be loaded', () => {
    expect(() => MessageRegistry.load(['/nowhere/chat.proto'])).toThrowError(
      expect.objectContaining({
        reason: 'INVALID_ARGUMENT',
        message: expect.stringContaining('/nowhere/chat.proto') as string,
      }),
    );
  });
});
