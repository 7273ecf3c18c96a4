import { describe, expect, it } from 'vitest';
import { NO_LEASE } from './key-value.js';
import type { Operation } from './operations.js';
import { checkTxn } from './txn-rules.js';

const put = (key: string): Operation => ({
  kind: 'put',
  command: {
    key,
    value: Buffer.alloc(0),
    lease: NO_LEASE,
    wantsPrevious: false,
    ignoreValue: false,
    ignoreLease: false,
  },
});
const deleteFrom = (start: string): Operation => ({
  kind: 'delete',
  command: { range: { start }, wantsPrevious: false },
});
const nested = (success: Operation[], failure: Operation[] = []): Operation => ({
  kind: 'txn',
  txn: { compares: [], success, failure },
});
const check = (...success: Operation[]) => checkTxn({ compares: [], success, failure: [] });

describe('checkTxn', () => {
  it('refuses a put in a range that is deleted without an end, where etcd 3.4 would crash', () => {
    expect(() => check(deleteFrom('a'), put('b'))).toThrow('duplicate key');
    expect(() => check(deleteFrom('b'), put('a'))).not.toThrow();
  });

  it('refuses a put that a nested branch deletes', () => {
    expect(() => check(nested([], [deleteFrom('a')]), put('b'))).toThrow('duplicate key');
  });

  it('refuses nested puts of what the outer transaction deletes, in either branch', () => {
    expect(() => check(deleteFrom('a'), nested([put('b')]))).toThrow('duplicate key');
    expect(() => check(deleteFrom('a'), nested([], [put('b')]))).toThrow('duplicate key');
  });

  it('lets either branch of a nested transaction put the same key', () => {
    expect(() => check(nested([put('a')], [put('a')]))).not.toThrow();
  });
});
