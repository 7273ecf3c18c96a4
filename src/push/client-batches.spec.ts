import { describe, expect, it } from 'vitest';
import { GoverseError } from '../core/index.js';
import { batchesByGate } from './client-batches.js';

describe('batchesByGate', () => {
  it('makes one batch per gate, each client once, in the order given', () => {
    expect(batchesByGate(new Set(['g1:1/a', 'g2:1/x', 'g1:1/b', 'g1:1/a']))).toEqual([
      { gateAddress: 'g1:1', clientIds: ['g1:1/a', 'g1:1/b'] },
      { gateAddress: 'g2:1', clientIds: ['g2:1/x'] },
    ]);
    expect(batchesByGate(['g1:1/a', 'g1:1/a'])).toEqual([{ gateAddress: 'g1:1', clientIds: ['g1:1/a'] }]);
    expect(batchesByGate([])).toEqual([]);
  });

  it('names the ids that are none', () => {
    const thrown = (() => {
      try {
        return batchesByGate(['g1:1/a', 'bad', 'g1:1/', 7 as never]);
      } catch (error) {
        return error as GoverseError;
      }
    })();
    expect(thrown).toMatchObject({ reason: 'INVALID_CLIENT_ID', details: { clientIds: ['bad', 'g1:1/', '7'] } });
  });

  it('cuts only what no gate would take in one message', () => {
    const ids = Array.from({ length: 250_000 }, (_, i) => `gate-1.example.com:49000/${String(i).padStart(20, '0')}`);
    const batches = batchesByGate(ids);
    expect(batches.length).toBe(2);
    expect(batches.flatMap(({ clientIds }) => clientIds)).toEqual(ids);
  });
});
