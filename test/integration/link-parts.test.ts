import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import protobuf from 'protobufjs';
import type { CallResult } from '../../src/core/index.js';
import { protoPath } from '../../src/rpc/index.js';
import { SeededRandom } from '../support/seeded-random.js';
import { MAX_PAYLOAD, aCall, never, poolOf, rawClient, useLinks } from './link-fixture.js';

const { cleanups, node } = useLinks();

describe.each([
  ['a socket', true],
  ['its gRPC stream', false],
])('long and short calls over a Link on %s', (_, sockets) => {
  it('all arrive, those of one object in the order they were made, and so do their results', async () => {
    const seed = Date.now() % 1_000_000;
    const random = new SeededRandom(seed);
    const arrived = new Map<string, number[]>();
    const { address } = await node({
      handler: {
        execute: async ({ objectId, method, payload }): Promise<CallResult> => {
          arrived.set(objectId, [...(arrived.get(objectId) ?? []), Number(method)]);
          return { payload };
        },
      },
    });
    const pool = poolOf({ sockets });
    cleanups.push(() => pool.close());
    const link = pool.link(address);
    const made = new Map<string, number[]>();
    const calls = Array.from({ length: 400 }, async (_call, n) => {
      const objectId = `Echo-${random.below(4)}`;
      made.set(objectId, [...(made.get(objectId) ?? []), n]);
      const length = random.pick([0, 10, 10, 10, 20_000, 40_000, MAX_PAYLOAD - 1024, MAX_PAYLOAD]);
      const bytes = Buffer.alloc(length, n % 256);
      if (n % 50 === 49) await new Promise(setImmediate);
      const result = await link.execute(
        aCall({ objectId, method: String(n), payload: { kind: 'json', bytes } }),
        never,
      );
      const { payload } = result;
      return payload.kind === 'json' && bytes.equals(payload.bytes);
    });
    const whole = await Promise.all(calls);
    expect(
      whole.every((same) => same),
      `seed ${seed}`,
    ).toBe(true);
    for (const [objectId, order] of made) {
      // Those that were made later on purpose are left out.
      const inTurn = (list: number[]) => list.filter((n) => n % 50 !== 49);
      expect(inTurn(arrived.get(objectId)!), `seed ${seed}`).toEqual(inTurn(order));
    }
  });
});

describe('parts from a peer', () => {
  const root = protobuf.loadSync(protoPath('goverse.proto'));
  const linkCall = root.lookupType('goverse.LinkCall');
  const encoded = (seq: number) =>
    linkCall
      .encode({ seq, objectId: 'Echo-1', method: 'Echo', kind: 0, payload: Buffer.from('"hi"'), timeoutMs: 9_999 })
      .finish();

  async function stream() {
    const { address } = await node();
    const raw = rawClient(address);
    cleanups.push(() => raw.close());
    const link = raw.link();
    const failed = new Promise<Error>((resolve) => link.on('error', resolve));
    link.write({ hello: { protocol: 1, address: '10.0.0.9:1', startId: 's', role: 1 } });
    const [{ hello }] = (await once(link, 'data')) as [{ hello: { takesParts: boolean } }];
    expect(hello.takesParts).toBe(true);
    return { link, failed };
  }

  it('are put together, and forgotten with the call', async () => {
    const { link } = await stream();
    link.write({ part: { seq: 1, content: encoded(1).subarray(0, 5) } });
    link.write({ cancels: [{ seq: 1 }] });
    link.write({ part: { seq: 2, content: encoded(2).subarray(0, 5) } });
    link.write({ part: { seq: 2, content: encoded(2).subarray(5), last: true } });
    const [{ results }] = (await once(link, 'data')) as [{ results: { seq: number; payload: Buffer }[] }];
    expect(results.map(({ seq, payload }) => [seq, String(payload)])).toEqual([[2, '"hi"']]);
  });

  it.each([
    [
      'of two calls at once',
      [
        { seq: 1, content: 'ab' },
        { seq: 2, content: 'ab' },
      ],
      /parts of two messages are mixed/,
    ],
    [
      'without end',
      Array.from({ length: 3 }, () => ({ seq: 1, content: 'x'.repeat(60_000) })),
      /longer than 131072 bytes/,
    ],
    ['that make no call', [{ seq: 1, content: 'abcdefgh', last: true }], /cannot read/],
    ['with nothing in it', [{ seq: 1, content: '' }], /a part is empty/],
  ])('%s end the Link', async (_, parts, why) => {
    const { link, failed } = await stream();
    for (const part of parts) link.write({ part: { ...part, content: Buffer.from(part.content) } });
    expect((await failed).message).toMatch(why);
  });
});
