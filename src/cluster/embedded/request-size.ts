import { EtcdError } from './etcd-error.js';
import type { Operation, PutCommand, Txn } from './operations.js';

/** etcd's default `--max-request-bytes`. */
export const MAX_REQUEST_BYTES = 1.5 * 1024 * 1024;

/** Refuses what etcd would refuse to put through its log. Counts keys and values, a little less than etcd counts. */
export function checkSize(bytes: number): void {
  if (bytes > MAX_REQUEST_BYTES) throw new EtcdError('requestTooLarge');
}

export function putBytes(command: PutCommand): number {
  return command.key.length + command.value.length;
}

export function txnBytes(txn: Txn): number {
  return [...txn.success, ...txn.failure].reduce((sum, operation) => sum + operationBytes(operation), 0);
}

function operationBytes(operation: Operation): number {
  if (operation.kind === 'put') return putBytes(operation.command);
  return operation.kind === 'txn' ? txnBytes(operation.txn) : 0;
}
