import { EtcdError } from './etcd-error.js';
import { inRange, type KeyRange } from './key-range.js';
import type { Operation, Txn } from './operations.js';

/** etcd's default `--max-txn-ops`. */
const MAX_TXN_OPERATIONS = 128;

interface Touched {
  readonly puts: Set<string>;
  readonly deletes: KeyRange[];
}

/**
 * Refuses a transaction that is too long or would write one key twice (etcd: api/v3rpc/key.go, checkTxnRequest).
 * Stricter in one point: etcd 3.4 overlooks puts in a deleted range without an end, and can crash over them.
 */
export function checkTxn(txn: Txn): void {
  checkLength(txn, MAX_TXN_OPERATIONS);
  touchedBy(txn.success);
  touchedBy(txn.failure);
}

/** A nested transaction has to do with what its parent left of the limit. */
function checkLength(txn: Txn, limit: number): void {
  const longest = Math.max(txn.compares.length, txn.success.length, txn.failure.length);
  if (longest > limit) throw new EtcdError('tooManyOperations');
  for (const operation of [...txn.success, ...txn.failure]) {
    if (operation.kind === 'txn') checkLength(operation.txn, limit - longest);
  }
}

function touchedBy(operations: readonly Operation[]): Touched {
  const touched: Touched = { puts: new Set(), deletes: [] };
  for (const operation of operations) {
    if (operation.kind === 'delete') touched.deletes.push(operation.command.range);
  }
  for (const operation of operations) {
    if (operation.kind === 'txn') addNested(touched, operation.txn);
  }
  for (const operation of operations) {
    if (operation.kind === 'put') addPut(touched, operation.command.key);
  }
  return touched;
}

/** Both branches of a nested transaction may put the same key: only one of them runs. */
function addNested(touched: Touched, txn: Txn): void {
  const success = touchedBy(txn.success);
  const failure = touchedBy(txn.failure);
  for (const key of success.puts) addPut(touched, key);
  for (const key of failure.puts) {
    if (!success.puts.has(key)) addPut(touched, key);
    else if (isDeleted(touched, key)) throw new EtcdError('duplicateKey');
  }
  touched.deletes.push(...success.deletes, ...failure.deletes);
}

function addPut(touched: Touched, key: string): void {
  if (touched.puts.has(key) || isDeleted(touched, key)) throw new EtcdError('duplicateKey');
  touched.puts.add(key);
}

function isDeleted(touched: Touched, key: string): boolean {
  return touched.deletes.some((range) => inRange(range, key));
}
