import { describe, expect, it } from 'vitest';
import { parkRequests } from './park-requests.js';

const KIB = 1024;

function client(clientId: string, ...kib: number[]) {
  const pushes = kib.map((size, n) => ({ seq: n + 1, at: 0, message: Buffer.alloc(size * KIB) }));
  return { clientId, token: 't', lastSeq: kib.length, windowMs: 1, pushes, part: 0, more: false };
}

describe('parkRequests', () => {
  it('puts small clients together and keeps requests small', () => {
    const { batches, tooLong } = parkRequests([client('a', 100), client('b', 100), client('c', 100)]);
    const ids = batches.map(({ requests }) => requests.map((request) => request.map(({ clientId }) => clientId)));
    expect([ids, tooLong]).toEqual([[[['a', 'b']], [['c']]], []]);
  });

  it('sends a client with much to it in parts, each push once', () => {
    const large = client('a', 200, 100, 100, 900, 1);
    const { batches } = parkRequests([large, client('b', 1)]);
    expect(batches.map(({ clients }) => clients.map(({ clientId }) => clientId))).toEqual([['a'], ['b']]);
    const parts = batches[0]!.requests.flat();
    expect(parts.map(({ part, more, pushes }) => [part, more, pushes.map(({ seq }) => seq)])).toEqual([
      [0, true, [1]],
      [1, true, [2, 3]],
      [2, true, [4]],
      [3, false, [5]],
    ]);
  });

  it('leaves out what no gate could take in one answer', () => {
    const { batches, tooLong } = parkRequests([client('a', 12 * KIB), client('b', 1)]);
    expect([tooLong.map(({ clientId }) => clientId), batches.length]).toEqual([['a'], 1]);
  });
});
