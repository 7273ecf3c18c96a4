import { describe, expect, it } from 'vitest';
import { EMPTY_BYTES, GoverseError, goverseError } from '../core/index.js';
import type { ObjectCall, WirePayloadKind } from '../core/index.js';
import { LinkFrameCodec } from './link-frame-codec.js';
import type { CallFrame, LinkFrame } from './link-frames.js';
import { callWeight, resultWeight } from './link-weights.js';
import { reportWeight } from './link-weights.js';
import { splitReport } from './report-parts.js';
import { loadProto } from './proto-files.js';

const NOW = 1_000_000;
const codec = new LinkFrameCodec();
const encodeFrame = (frame: LinkFrame, now: number) => codec.encode(frame, now);
const decodeFrame = (bytes: Uint8Array, now: number) => codec.decode(bytes, now);
const empty: LinkFrame = { calls: [], results: [], cancels: [], pushReports: [] };

/** Deterministic, so that a failure can be repeated. Source: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function call(facts: Partial<ObjectCall> = {}): ObjectCall {
  return {
    verb: 'call',
    objectId: 'Echo-1',
    type: undefined,
    method: 'Echo',
    payload: { kind: 'json', bytes: EMPTY_BYTES },
    callId: 'c1',
    chain: [],
    deadline: NOW + 500,
    clientId: undefined,
    caller: undefined,
    isFromClient: false,
    idempotent: false,
    ...facts,
  };
}

const roundTrip = (frame: Partial<LinkFrame>) => decodeFrame(encodeFrame({ ...empty, ...frame }, NOW), NOW);

describe('the codec of Link frames', () => {
  it('carries every part of a frame', () => {
    const frame: LinkFrame = {
      hello: {
        protocol: 1,
        address: 'n:1',
        startId: 's',
        role: 'gate',
        maxPayloadBytes: 2 ** 40,
        idempotentMethods: ['Room.Look'],
        takesSocket: true,
        socketTicket: 'a ticket',
        takesParts: true,
      },
      ping: 3,
      pong: 2 ** 45,
      part: { seq: 9, bytes: Buffer.from('some'), last: true },
      goingAway: true,
      calls: [{ seq: 4_294_967_295, call: call() }],
      results: [
        { seq: 1, result: { payload: { kind: 'any', bytes: Buffer.from([1]) }, created: true } },
        { seq: 2, error: goverseError('NOT_OWNER', 'moved', { details: { store: 's', revision: 7 } }) },
      ],
      cancels: [5, 6],
      pushReports: [
        { pushId: 2 ** 52 + 1, delivered: 3, failed: [{ clientId: 'g:1/a', reason: 'QUEUE_FULL' }], more: true },
      ],
    };
    expect(decodeFrame(encodeFrame(frame, NOW), NOW)).toEqual(frame);
  });

  it.each<WirePayloadKind>(['json', 'msgpack', 'protobuf', 'any', 'opaque'])('carries the payload kind %s', (kind) => {
    const payload = { kind, bytes: Buffer.from([0, 255]) };
    expect(roundTrip({ calls: [{ seq: 1, call: call({ payload }) }] }).calls).toEqual([
      { seq: 1, call: call({ payload }) },
    ]);
  });

  it('sends the time that is left, and no deadline as none', () => {
    const bytes = encodeFrame(
      { ...empty, calls: [100.2, -5, Infinity].map((left, seq) => ({ seq, call: call({ deadline: NOW + left }) })) },
      NOW,
    );
    const deadlines = decodeFrame(bytes, 50).calls.map((received) =>
      'call' in received ? received.call.deadline : undefined,
    );
    expect(deadlines).toEqual([151, 51, Infinity]);
  });

  it('does not copy payloads', () => {
    const bytes = encodeFrame(
      { ...empty, calls: [{ seq: 1, call: call({ payload: { kind: 'json', bytes: Buffer.alloc(9, 7) } }) }] },
      NOW,
    );
    const [received] = decodeFrame(bytes, NOW).calls as CallFrame[];
    const payload = received?.call.payload as { bytes: Uint8Array };
    expect(payload.bytes.buffer).toBe(bytes.buffer);
  });

  it('skips fields of later versions', () => {
    const later = Buffer.concat([
      Buffer.from([0xfa, 0x01, 2, 9, 9]),
      encodeFrame({ ...empty, ping: 4 }, NOW),
      Buffer.from([0xf0, 0x01, 5]),
    ]);
    expect(decodeFrame(later, NOW)).toMatchObject({ ping: 4, calls: [] });
  });

  it('answers a call with an unknown verb or payload kind instead of failing the frame', () => {
    const { Link } = loadProto().goverse;
    const bytes = Link!.requestSerialize({
      calls: [{ seq: 1, verb: 9, objectId: 'A-1' }, { seq: 2, kind: 9, objectId: 'A-1' }, { seq: 3 }],
    } as never);
    const { calls } = decodeFrame(bytes, NOW);
    expect(calls.map((received) => ('error' in received ? received.error.reason : 'fine'))).toEqual(
      Array(3).fill('INVALID_ARGUMENT'),
    );
  });

  it('speaks the same bytes as the published proto file', () => {
    const { Link } = loadProto().goverse;
    const bytes = encodeFrame(
      {
        ...empty,
        calls: [{ seq: 7, call: call({ verb: 'delete', clientId: 'g:1/x' }), view: { store: 's', revision: 9 } }],
      },
      NOW,
    );
    expect(Link!.requestDeserialize(Buffer.from(bytes))).toMatchObject({
      calls: [
        { seq: 7, verb: 2, objectId: 'Echo-1', clientId: 'g:1/x', timeoutMs: 500, viewStore: 's', viewRevision: 9 },
      ],
    });
  });

  it('keeps a GoverseError with a reason of its own', () => {
    const error = new GoverseError({
      reason: 'ROOM_FULL',
      code: 'ABORTED',
      message: 'ü',
      details: [1],
      retryable: true,
    });
    const [result] = roundTrip({ results: [{ seq: 1, error }] }).results;
    expect(result && 'error' in result && result.error.toWire()).toEqual(error.toWire());
  });

  it('never weighs a call or a result less than it takes', () => {
    const random = seeded(7);
    const text = (most: number) =>
      Array.from({ length: Math.floor(random() * most) }, () => 'aé对🎮'.charAt(Math.floor(random() * 5)))
        .join('')
        .toWellFormed();
    for (let i = 0; i < 300; i++) {
      const frame: CallFrame = {
        seq: 2 ** 32 - 1,
        view: { store: text(30), revision: 2 ** 52 },
        call: call({
          objectId: text(99),
          method: text(30),
          type: text(20),
          clientId: text(40),
          callId: text(30),
          payload: { kind: 'opaque', bytes: Buffer.alloc(random() * 1000), className: text(30) },
          chain: Array.from({ length: random() * 5 }, () => ({ objectId: text(50), turnId: text(30) })),
          caller: { userId: text(20), roles: [text(10), text(10)] },
          isFromClient: true,
          idempotent: true,
        }),
      };
      expect(encodeFrame({ ...empty, calls: [frame] }, NOW).length).toBeLessThanOrEqual(callWeight(frame, 1000));
      const result = { seq: 2 ** 32 - 1, result: { payload: frame.call.payload, created: true } };
      expect(encodeFrame({ ...empty, results: [result] }, NOW).length).toBeLessThanOrEqual(resultWeight(result));
      const failed = {
        seq: 2 ** 32 - 1,
        error: goverseError('METHOD_FAILED', text(500), { details: { text: text(200) } }),
      };
      expect(encodeFrame({ ...empty, results: [failed] }, NOW).length).toBeLessThanOrEqual(resultWeight(failed));
    }
  });

  it('survives garbage: an error, never a crash or a hang', () => {
    const seed = Date.now() % 100_000;
    const random = seeded(seed);
    const good = encodeFrame(
      { ...empty, ping: 5, calls: [{ seq: 1, call: call({ chain: [{ objectId: 'A', turnId: 'b' }] }) }], cancels: [3] },
      NOW,
    );
    let refused = 0;
    for (let i = 0; i < 5000; i++) {
      const bytes =
        i % 2 ? Buffer.from(Array.from({ length: random() * 200 }, () => random() * 256)) : Buffer.from(good);
      for (let flips = random() * 4; flips > 0 && i % 2 === 0; flips--)
        bytes[Math.floor(random() * bytes.length)] = random() * 256;
      try {
        decodeFrame(bytes.subarray(0, Math.ceil(random() * bytes.length)), NOW);
      } catch (error) {
        refused++;
        expect(error, `seed ${seed}, round ${i}`).toBeInstanceOf(Error);
      }
    }
    expect(refused, `seed ${seed}`).toBeGreaterThan(100);
  });
});

describe('a report on very many clients', () => {
  it('comes in parts that add up to the whole, the last one marked', () => {
    const failed = Array.from({ length: 5000 }, (_, i) => ({
      clientId: `gate:49000/client-${i}`,
      reason: 'QUEUE_FULL',
    }));
    const parts = splitReport({ pushId: 9, delivered: 4, failed });
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.flatMap(({ part }) => part.failed)).toEqual(failed);
    expect(parts.reduce((sum, { part }) => sum + part.delivered, 0)).toBe(4);
    expect(parts.map(({ part }) => part.more)).toEqual([...Array(parts.length - 1).fill(true), false]);
    for (const { part, weight } of parts) {
      expect(weight).toBe(reportWeight(part));
      expect(encodeFrame({ ...empty, pushReports: [part] }, NOW).length).toBeLessThanOrEqual(weight);
    }
  });

  it('stays whole when it is short', () => {
    const report = { pushId: 9, delivered: 1, failed: [] };
    expect(splitReport(report).map(({ part }) => part)).toEqual([report]);
  });
});
