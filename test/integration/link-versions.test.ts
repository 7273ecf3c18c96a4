import { Client, credentials } from '@grpc/grpc-js';
import type { ClientDuplexStream, ServerDuplexStream } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ObjectCall } from '../../src/core/index.js';
import { GoverseError, goverseError } from '../../src/core/index.js';
import { loadProto, protoPath } from '../../src/rpc/index.js';
import { aCall, never, poolOf, serveNode } from './link-fixture.js';

/** A frame as a peer of another version sees it; only what the tests look at. */
interface PeerFrame {
  hello?: { address: string; protocol: number };
  calls: { seq: number; objectId: string; method: string; payload: Uint8Array; timeoutMs: number }[];
  results: { seq: number; payload: Uint8Array; error?: { reason: string; message: string } }[];
}

/** How a peer of another version speaks, with the same codec as everybody but for its own idea of the messages. */
interface Revision {
  readonly protocol: number;
  readonly role: number;
  readonly frame: protobuf.Type;
}

const MESSAGES = ['LinkFrame', 'LinkHello', 'LinkCall', 'ChainLink', 'LinkResult', 'LinkError', 'LinkCancel'];

/** Knows more: fields of every wire type in every message, and a role nobody has heard of. */
function newer(): Revision {
  const root = protobuf.loadSync(protoPath('goverse.proto'));
  for (const name of MESSAGES) {
    const type = root.lookupType(`goverse.${name}`);
    for (const [n, kind] of ['string', 'uint64', 'double', 'fixed32', 'LinkCancel'].entries())
      type.add(new protobuf.Field(`later${n}`, 500 + n, kind));
  }
  return { protocol: 2, role: 9, frame: root.lookupType('goverse.LinkFrame') };
}

/** Knows less: nothing that is not needed to make a call and to answer it. */
function older(): Revision {
  const root = protobuf.loadSync(protoPath('goverse.proto'));
  const unheardOf: Record<string, string[]> = {
    LinkFrame: ['cancels', 'pushReports', 'goingAway'],
    LinkHello: ['maxPayloadBytes', 'idempotentMethods'],
    LinkCall: ['chain', 'idempotent', 'viewStore', 'viewRevision', 'roles', 'userId', 'hasCaller'],
    LinkResult: ['created'],
    LinkError: ['retryable', 'detailsJson'],
  };
  for (const [name, fields] of Object.entries(unheardOf)) {
    const type = root.lookupType(`goverse.${name}`);
    for (const field of fields) type.remove(type.fields[field]!);
  }
  return { protocol: 1, role: 1, frame: root.lookupType('goverse.LinkFrame') };
}

/** What a newer peer says besides; an older one does not know these names, and leaves them out. */
const LATER = { later0: 'text', later1: 2 ** 40, later2: 0.5, later3: 7, later4: { seq: 9, later0: 'inside' } };

const HELLO = 'hello';
const bytes = (text: string) => Buffer.from(text);

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const encode = ({ frame }: Revision, content: object) =>
  Buffer.from(frame.encode(frame.create({ ...LATER, ...content })).finish());

const decode = ({ frame }: Revision, frameBytes: Uint8Array) =>
  frame.toObject(frame.decode(frameBytes), { arrays: true }) as PeerFrame;

function greeting({ protocol, role }: Revision, address: string): object {
  return { hello: { ...LATER, protocol, address, startId: 's', role } };
}

/** The bare rpc with frames as bytes. */
function dial(address: string): ClientDuplexStream<Buffer, Buffer> {
  const client = new Client(address, credentials.createInsecure());
  cleanups.push(() => client.close());
  const same = (frame: Buffer) => frame;
  return client.makeBidiStreamRequest(loadProto().goverse['Link']!.path, same, same);
}

describe.each([
  ['newer', newer],
  ['older', older],
])('a Link with a peer of an %s version', (_, make) => {
  const revision = make();

  it('brings its calls in, and the answers back', async () => {
    const seen: ObjectCall[] = [];
    const { address, listener } = await serveNode({
      handler: {
        execute: async (call) => {
          seen.push(call);
          if (call.method === 'Fail') throw goverseError('NO_OWNER', 'nobody', { details: { type: 'Echo' } });
          return { payload: call.payload, created: true };
        },
      },
    });
    cleanups.push(() => listener.close(0));
    const stream = dial(address);
    const frames: PeerFrame[] = [];
    const answered = new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', (frame: Buffer) => {
        frames.push(decode(revision, frame));
        if (frames.flatMap(({ results }) => results).length === 2) resolve();
      });
    });
    const call = { ...LATER, objectId: 'Echo-1', kind: 1, callId: 'c', timeoutMs: 5_000 };
    const chain = [{ ...LATER, objectId: 'A-1', turnId: 't' }];
    stream.write(encode(revision, greeting(revision, '10.0.0.9:1')));
    stream.write(
      encode(revision, {
        cancels: [{ ...LATER, seq: 77 }],
        calls: [
          { ...call, seq: 1, method: 'Echo', payload: bytes(HELLO), chain },
          { ...call, seq: 2, method: 'Fail' },
        ],
      }),
    );
    await answered;
    stream.cancel();
    expect(frames[0]!.hello).toMatchObject({ address, protocol: 1 });
    const results = frames.flatMap((frame) => frame.results).sort((a, b) => a.seq - b.seq);
    expect(Buffer.from(results[0]!.payload).toString()).toBe(HELLO);
    expect(results[1]!.error).toMatchObject({ reason: 'NO_OWNER', message: 'nobody' });
    expect(seen.map(({ objectId, method }) => [objectId, method])).toEqual([
      ['Echo-1', 'Echo'],
      ['Echo-1', 'Fail'],
    ]);
  });

  it('takes calls there, and understands what it answers', async () => {
    const calls: PeerFrame['calls'] = [];
    let address = '';
    const serve = (stream: ServerDuplexStream<Buffer, Buffer>) => {
      stream.on('error', () => {});
      stream.on('data', (incoming: Buffer) => {
        const frame = decode(revision, incoming);
        if (frame.hello) stream.write(encode(revision, greeting(revision, address)));
        calls.push(...frame.calls);
        const results = frame.calls.map(({ seq, method, payload }) =>
          method === 'Fail'
            ? { ...LATER, seq, error: { ...LATER, reason: 'NO_OWNER', code: 14, message: 'nobody' } }
            : { ...LATER, seq, kind: 1, payload },
        );
        if (results.length > 0) stream.write(encode(revision, { results }));
      });
    };
    const served = await serveNode({ methods: { Link: serve } });
    address = served.address;
    cleanups.push(() => served.listener.close(0));
    const pool = poolOf();
    cleanups.push(() => pool.close());
    const link = pool.link(address);

    const caller = { userId: 'ann', roles: ['admin'] };
    const chain = [{ objectId: 'A-1', turnId: 't' }];
    const { payload } = await link.execute(aCall({ caller, chain, idempotent: true }), never, {
      store: 's',
      revision: 5,
    });
    expect(payload.kind === 'msgpack' && Buffer.from(payload.bytes).toString()).toBe(HELLO);
    const failure: unknown = await link.execute(aCall({ method: 'Fail' }), never).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GoverseError);
    expect(failure).toMatchObject({ reason: 'NO_OWNER', message: 'nobody' });
    expect(calls.map(({ objectId, method }) => [objectId, method])).toEqual([
      ['Echo-1', 'Echo'],
      ['Echo-1', 'Fail'],
    ]);
    expect(link.state).toBe('up');
  });
});

describe('a Link with a peer that says no version', () => {
  it('is refused, and told why', async () => {
    const { address, listener } = await serveNode();
    cleanups.push(() => listener.close(0));
    const stream = dial(address);
    const refused = new Promise<Error>((resolve) => stream.on('error', resolve));
    stream.on('data', () => {});
    stream.write(encode(older(), greeting({ ...older(), protocol: 0 }, '10.0.0.9:1')));
    expect((await refused).message).toMatch(/must be a hello with a protocol version/);
  });
});
