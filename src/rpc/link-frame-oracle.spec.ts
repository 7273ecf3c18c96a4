import { isDeepStrictEqual } from 'node:util';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { EMPTY_BYTES, GoverseError, type CallVerb, type ObjectCall, type WirePayload } from '../core/index.js';
import { LinkFrameCodec } from './link-frame-codec.js';
import type { CallFrame, LinkFrame } from './link-frames.js';
import { loadGoverseTypes } from './proto-files.js';

const NOW = 1_000_000;
const VERBS: readonly CallVerb[] = ['call', 'create', 'delete'];
const KINDS = ['json', 'msgpack', 'protobuf', 'any', 'opaque'] as const;
const REASONS = ['NOT_OWNER', 'ROOM_FULL', 'METHOD_FAILED'];
const frameType = loadGoverseTypes().lookupType('goverse.LinkFrame');

/** Frames of every shape, with texts and payloads around the lengths where the encoding changes. */
class RandomFrames {
  constructor(private readonly random: SeededRandom) {}

  frame(): LinkFrame {
    const { random } = this;
    return {
      hello: random.chance(0.2)
        ? {
            protocol: 1,
            address: this.text(),
            startId: this.text(),
            role: random.pick(['node', 'gate'] as const),
            maxPayloadBytes: random.pick([0, 2 ** 20, 2 ** 40]),
            idempotentMethods: this.some(3, () => this.text()),
            takesSocket: random.chance(0.5),
            socketTicket: random.chance(0.5) ? this.text() || undefined : undefined,
            takesParts: random.chance(0.5),
          }
        : undefined,
      ping: random.chance(0.3) ? random.below(2 ** 31) : 0,
      pong: random.chance(0.3) ? 2 ** 45 + random.below(1000) : 0,
      goingAway: random.chance(0.3),
      calls: this.some(6, () => this.call()),
      results: this.some(6, () =>
        random.chance(0.7)
          ? { seq: random.below(2 ** 32), result: { payload: this.payload(), created: random.chance(0.5) } }
          : { seq: random.below(2 ** 32), error: this.error() },
      ),
      part: random.chance(0.3)
        ? { seq: random.below(2 ** 32), bytes: (this.payload() as WirePayload).bytes, last: random.chance(0.5) }
        : undefined,
      cancels: this.some(4, () => random.below(2 ** 32)),
      pushReports: this.some(3, () => ({
        pushId: 2 ** 50 + random.below(1000),
        delivered: random.below(1000),
        failed: this.some(3, () => ({ clientId: this.text(), reason: 'QUEUE_FULL' })),
        more: random.chance(0.5),
      })),
    };
  }

  private call(): CallFrame {
    const { random } = this;
    const call: ObjectCall = {
      verb: random.pick(VERBS),
      objectId: `Echo-${this.text()}`,
      type: random.chance(0.3) ? `T${this.text()}` : undefined,
      method: this.text(),
      payload: random.chance(0.3) ? { ...this.payload(), className: `C${this.text()}` } : this.payload(),
      callId: this.text(),
      chain: this.some(3, () => ({ objectId: this.text(), turnId: this.text() })),
      deadline: random.chance(0.1) ? Infinity : NOW + 1 + random.below(2 ** 20),
      clientId: random.chance(0.4) ? `g:1/${this.text()}` : undefined,
      caller: random.chance(0.4) ? { userId: this.text(), roles: this.some(3, () => this.text()) } : undefined,
      isFromClient: random.chance(0.5),
      idempotent: random.chance(0.5),
    };
    const seq = random.below(2 ** 32);
    return random.chance(0.5) ? { seq, call } : { seq, call, view: { store: `s${this.text()}`, revision: 2 ** 41 } };
  }

  private payload(): WirePayload {
    const length = this.random.pick([0, 1, 100, 127, 128, 16_383, 16_384, 100_000]);
    const bytes = length === 0 ? EMPTY_BYTES : Buffer.alloc(length, this.random.below(256));
    return { kind: this.random.pick(KINDS), bytes };
  }

  private error(): GoverseError {
    const { random } = this;
    return new GoverseError({
      reason: random.pick(REASONS),
      code: random.pick(['ABORTED', 'UNKNOWN'] as const),
      message: this.text(),
      details: random.chance(0.5) ? { text: this.text() } : undefined,
      retryable: random.chance(0.5),
    });
  }

  private text(): string {
    const { random } = this;
    const length = random.pick([0, 1, 5, 20, 47, 48, 49, 63, 64, 65, 127, 128, 300]);
    const letters = random.chance(0.7) ? ['a', 'b', 'X', 'Z', '-', '0', '9'] : ['a', 'é', '对', '🎮'];
    return Array.from({ length }, () => random.pick(letters)).join('');
  }

  private some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.random.below(most + 1) }, make);
  }
}

/** The frame as protobufjs takes it: fields with their default left out, as proto3 does. */
function plain(frame: LinkFrame): Record<string, unknown> {
  return set({
    hello: frame.hello && set({ ...frame.hello, role: frame.hello.role === 'node' ? 1 : 2 }),
    calls: frame.calls.flatMap((received) => ('call' in received ? [plainCall(received)] : [])),
    results: frame.results.map((result) => {
      if ('error' in result) {
        const { reason, code, message, details, retryable } = result.error.toWire();
        const detailsJson = details === undefined ? '' : JSON.stringify(details);
        return set({ seq: result.seq, error: set({ reason, code, message, detailsJson, retryable }) });
      }
      const { payload, created } = result.result;
      return set({ seq: result.seq, ...plainPayload(payload as WirePayload), created });
    }),
    cancels: frame.cancels.map((seq) => set({ seq })),
    pushReports: frame.pushReports.map((report) =>
      set({ ...report, failed: report.failed.map((failure) => set({ ...failure })) }),
    ),
    ping: frame.ping,
    pong: frame.pong,
    goingAway: frame.goingAway,
    part: frame.part && set({ ...frame.part, content: frame.part.bytes }),
  });
}

function plainCall({ seq, call, view }: CallFrame): Record<string, unknown> {
  const { caller, payload } = call;
  return set({
    ...call,
    seq,
    verb: VERBS.indexOf(call.verb),
    ...plainPayload(payload as WirePayload),
    className: 'className' in payload ? payload.className : undefined,
    chain: call.chain.map((link) => set({ ...link })),
    timeoutMs: call.deadline === Infinity ? 2 ** 32 - 1 : call.deadline - NOW,
    userId: caller?.userId,
    roles: caller?.roles,
    hasCaller: caller !== undefined,
    fromClient: call.isFromClient,
    viewStore: view?.store,
    viewRevision: view?.revision,
  });
}

function plainPayload({ kind, bytes }: WirePayload): Record<string, unknown> {
  return { kind: KINDS.indexOf(kind), payload: bytes };
}

function set(fields: Record<string, unknown>): Record<string, unknown> {
  const isSet = (value: unknown) =>
    value instanceof Uint8Array || Array.isArray(value) ? value.length > 0 : Boolean(value);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isSet(value)));
}

/** Errors as they travel, and bytes as texts: these are compared at once, a typed array element by element. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (value instanceof GoverseError) return value.toWire();
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, comparable(part)]));
}

describe('Link frames beside protobufjs', () => {
  it('are the same bytes, and mean the same', () => {
    const seed = Date.now() % 1_000_000;
    const frames = new RandomFrames(new SeededRandom(seed));
    const codec = new LinkFrameCodec();
    for (let round = 0; round < 400; round++) {
      const frame = frames.frame();
      const bytes = codec.encode(frame, NOW);
      const expected = Buffer.from(frameType.encode(plain(frame)).finish());
      expect(bytes.equals(expected), `seed ${seed}, round ${round}`).toBe(true);
      // Not toEqual: it compares long payloads byte by byte, which takes minutes.
      const isSame = isDeepStrictEqual(comparable(codec.decode(expected, NOW)), comparable(frame));
      expect(isSame, `seed ${seed}, round ${round}`).toBe(true);
    }
  });

  it('are refused by both when they are cut off', () => {
    const seed = Date.now() % 1_000_000;
    const random = new SeededRandom(seed);
    const frames = new RandomFrames(random);
    const codec = new LinkFrameCodec();
    for (let round = 0; round < 400; round++) {
      const whole = codec.encode(frames.frame(), NOW);
      const cut = whole.subarray(0, random.below(whole.length + 1));
      const refused = refuses(() => readWhole(cut)) || endsInLongNumber(cut);
      expect(
        refuses(() => codec.decode(cut, NOW)),
        `seed ${seed}, round ${round}`,
      ).toBe(refused);
    }
  });
});

/** Keys of the two 64-bit numbers at the end of a frame. */
const [PING, PONG] = [0x30, 0x38];

/** protobufjs takes a 64-bit number that is cut off behind its fourth byte. */
function endsInLongNumber(cut: Uint8Array): boolean {
  const [key, ...number] = cut.subarray(-5);
  return (key === PING || key === PONG) && number.length === 4 && number.every((byte) => byte >= 0x80);
}

/** protobufjs takes a 64-bit number whose last byte is missing, and is then behind the end of what it was given. */
function readWhole(bytes: Uint8Array): void {
  const reader = protobuf.Reader.create(bytes);
  frameType.decode(reader);
  if (reader.pos !== bytes.length) throw new Error('the message ends in the middle of a field');
}

function refuses(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch {
    return true;
  }
}
