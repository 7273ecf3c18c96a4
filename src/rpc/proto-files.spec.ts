import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  decodeGateMessage,
  encodeEnvelope,
  encodeMovedClients,
  encodeWantedClients,
  REGISTERED_MESSAGE,
} from './gate-messages.js';
import { goverseServiceDefinition } from './goverse-service-definition.js';
import { PROTO_FILES, loadProto, protoPath } from './proto-files.js';

const proto = loadProto();

describe('the proto files', () => {
  it('are found', () => {
    for (const file of PROTO_FILES) expect(existsSync(protoPath(file))).toBe(true);
  });

  it('define the three services of the contract', () => {
    expect(Object.keys(proto.goverse)).toEqual(
      expect.arrayContaining([
        'Status',
        'ListObjects',
        'CallObject',
        'CreateObject',
        'DeleteObject',
        'RegisterGate',
        'Link',
      ]),
    );
    expect(Object.keys(proto.client)).toEqual(
      expect.arrayContaining(['Register', 'CallObject', 'CreateObject', 'DeleteObject']),
    );
    expect(Object.keys(proto.gate)).toEqual(expect.arrayContaining(['Register', 'ReliableCallObject']));
    expect(proto.goverse['Link']?.path).toBe('/goverse.Goverse/Link');
  });

  it('give messages with camelCase fields, numbers and defaults', () => {
    const { Status } = proto.goverse;
    const bytes = Status!.responseSerialize({ advertiseAddr: 'a:1', numObjects: 2 ** 40 } as never);
    expect(Status!.responseDeserialize(bytes)).toEqual({
      advertiseAddr: 'a:1',
      numObjects: 2 ** 40,
      uptimeSeconds: 0,
      state: '',
      shardsHeld: 0,
      shardsMoving: 0,
      epoch: null,
    });
  });
});

describe('what a node writes on a RegisterGate stream', () => {
  const any = Buffer.concat([Buffer.from([0x0a, 3]), Buffer.from('t/X'), Buffer.from([0x12, 2, 8, 1])]);
  const read = (bytes: Buffer) => proto.goverse['RegisterGate']!.responseDeserialize(bytes);

  it('is what the published proto file says', () => {
    expect(read(REGISTERED_MESSAGE)).toMatchObject({ message: 'registerGateResponse' });
    expect(read(encodeEnvelope({ clientIds: ['g:1/a', 'g:1/b'], message: any, pushId: 2 ** 50 }))).toEqual({
      message: 'clientMessage',
      clientMessage: {
        clientIds: ['g:1/a', 'g:1/b'],
        message: { type_url: 't/X', value: Buffer.from([8, 1]) },
        pushId: 2 ** 50,
      },
    });
    expect(read(encodeEnvelope({ message: any, pushId: 0 }))).toMatchObject({ message: 'broadcastMessage' });
  });

  it('names every client, however many and however long their ids are', () => {
    const clientIds = Array.from({ length: 700 }, (_, n) => `[::1]:${40_000 + n}/${'x'.repeat(1 + (n % 64))}`);
    for (const message of [any, Buffer.alloc(0), Buffer.alloc(300_000, 10)]) {
      const bytes = encodeEnvelope({ clientIds, message, pushId: 2 ** 40 });
      // Twice: the second time the reader knows them.
      for (let n = 0; n < 2; n++) {
        expect(decodeGateMessage(bytes)).toEqual({
          kind: 'envelope',
          envelope: { clientIds, message, pushId: 2 ** 40 },
        });
      }
      if (message === any) expect(read(bytes)).toMatchObject({ clientMessage: { clientIds, pushId: 2 ** 40 } });
    }
  });

  it('reaches the gate with the Any as it was', () => {
    const envelope = { clientIds: ['g:1/a'], message: any, pushId: 5 };
    expect(decodeGateMessage(encodeEnvelope(envelope))).toEqual({ kind: 'envelope', envelope });
    const broadcast = { clientIds: undefined, message: any, pushId: 6 };
    expect(decodeGateMessage(encodeEnvelope(broadcast))).toEqual({ kind: 'envelope', envelope: broadcast });
    expect(decodeGateMessage(REGISTERED_MESSAGE)).toEqual({ kind: 'registered' });
    expect(decodeGateMessage(encodeMovedClients(['a/b']))).toEqual({ kind: 'moved', clientIds: ['a/b'] });
    expect(decodeGateMessage(encodeWantedClients(['a/b']))).toEqual({ kind: 'wanted', clientIds: ['a/b'] });
  });

  it('may be something of a later version', () => {
    expect(decodeGateMessage(Buffer.from([0xfa, 0x01, 1, 9]))).toEqual({ kind: 'unknown' });
  });

  it('leaves the other methods of the service as the proto file has them', () => {
    const definition = goverseServiceDefinition(proto);
    expect(definition['CallObject']).toBe(proto.goverse['CallObject']);
    expect(definition['RegisterGate']!.requestDeserialize).toBe(proto.goverse['RegisterGate']!.requestDeserialize);
  });
});
