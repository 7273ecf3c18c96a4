import { describe, expect, it } from 'vitest';
import type { RequestFrame } from '../connect/client-frame.js';
import { readJsonFrame } from './read-json-frame.js';

const request = { objectId: 'Room-1', type: '', method: 'Say', clientId: '', timeoutMs: 0 };
const read = (frame: object, form: 'proto3' | 'plain' = 'proto3') => readJsonFrame(JSON.stringify(frame), form);

describe('readJsonFrame', () => {
  it('reads the JSON of proto3, under both names of a field', () => {
    const payload = Buffer.from('[1]');
    const expected = { kind: 'call', seq: 7, payloadKind: 'opaque', request: { ...request, payload, timeoutMs: 5 } };
    const call = { objectId: 'Room-1', method: 'Say', payload: payload.toString('base64'), timeoutMs: 5 };
    expect(read({ seq: 7, call })).toEqual(expected);
    const { objectId: object_id, timeoutMs: timeout_ms, ...rest } = call;
    expect(
      read({ seq: '7', call: { object_id, timeout_ms: String(timeout_ms), ...rest, future: 1 }, other: 2 }),
    ).toEqual(expected);
    expect(read({ ack: { push_seq: '12' } })).toEqual({ kind: 'ack', seq: 0, pushSeq: 12 });
    expect(read({ seq: 1, register: { resumeToken: 't', received: '3' } })).toEqual({
      kind: 'register',
      seq: 1,
      resumeToken: 't',
      received: 3,
      accessToken: '',
    });
  });

  it.each([
    ['', ''],
    ['YQ==', 'a'],
    ['YQ', 'a'],
    ['_-8=', '\ufffd\ufffd'],
  ])('reads the base64 text %j', (text, expected) => {
    const frame = read({ seq: 1, call: { objectId: 'Room-1', method: 'Say', payload: text } });
    expect(frame).toMatchObject({ payloadKind: 'opaque' });
    expect(Buffer.from((frame as RequestFrame).request.payload).toString()).toBe(expected);
  });

  it('takes a payload that is no text for JSON', () => {
    for (const payload of [{ a: 1 }, [1], 5, true]) {
      const frame = read({ seq: 1, call: { objectId: 'Room-1', method: 'Say', payload } });
      expect(frame).toEqual({
        kind: 'call',
        seq: 1,
        payloadKind: 'json',
        request: { ...request, payload: Buffer.from(JSON.stringify(payload)) },
      });
    }
    expect(read({ seq: 1, call: { objectId: 'Room-1', method: 'Say', payload: null } })).toMatchObject({
      payloadKind: 'opaque',
      request: { payload: new Uint8Array(0) },
    });
  });

  it('takes every payload for JSON in plain frames', () => {
    for (const payload of ['YQ==', null, { a: 1 }, 5]) {
      const frame = read({ seq: 1, create: { objectId: 'Room-1', payload } }, 'plain');
      expect(frame).toMatchObject({
        kind: 'create',
        payloadKind: 'json',
        request: { method: '', payload: Buffer.from(JSON.stringify(payload)) },
      });
    }
    const without = read({ seq: 1, call: { objectId: 'Room-1', method: 'Say' } }, 'plain');
    expect(without).toMatchObject({ payloadKind: 'json', request: { payload: new Uint8Array(0) } });
  });

  it.each([
    ['{', 0],
    ['[]', 0],
    ['null', 0],
    ['"text"', 0],
    ['{}', 0],
    ['{"seq":5}', 5],
    ['{"seq":-1,"ping":{}}', 0],
    ['{"seq":1.5,"ping":{}}', 0],
    ['{"seq":4294967296,"ping":{}}', 0],
    ['{"seq":6,"ping":1}', 6],
    ['{"seq":6,"ping":{},"cancel":{}}', 6],
    ['{"seq":7,"call":{"objectId":5}}', 7],
    ['{"seq":8,"call":{"objectId":"a-b","payload":"%%%"}}', 8],
    ['{"seq":8,"call":{"objectId":"a-b","payload":"abcde"}}', 8],
    ['{"seq":9,"call":{"objectId":"a-\\ud800"}}', 9],
    ['{"seq":9,"call":{"timeoutMs":-1}}', 9],
    ['{"seq":2,"unknown":{}}', 2],
  ])('says what it cannot read: %s', (text, seq) => {
    const frame = readJsonFrame(text, 'proto3');
    expect(frame).toMatchObject({ kind: 'unreadable', why: expect.any(String) });
    expect(frame.seq).toBe(seq);
  });

  it('survives a payload that is nested without end', () => {
    const payload = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(readJsonFrame(`{"seq":3,"call":{"payload":${payload}}}`, 'plain').kind).toBe('unreadable');
  });
});
