import { EtcdError } from './etcd-error.js';
import type {
  CompareMessage,
  DeleteRangeMessage,
  PutMessage,
  RangeMessage,
  RequestOpMessage,
  TxnMessage,
} from './etcd-messages.js';
import { keyOf, keyRange } from './key-range.js';
import { NO_LEASE } from './key-value.js';
import type { Compare, CompareResult, DeleteCommand, Operation, PutCommand, Txn } from './operations.js';
import type { RangeQuery, SortOrder, SortTarget } from './range-query.js';

const SORT_TARGETS: readonly SortTarget[] = ['Key', 'Version', 'Create', 'Mod', 'Value'];
const SORT_ORDERS: readonly SortOrder[] = ['None', 'Ascend', 'Descend'];
const COMPARE_RESULTS: readonly CompareResult[] = ['Equal', 'Greater', 'Less', 'NotEqual'];
const NO_BYTES = Buffer.alloc(0);

/** A Range message, checked. Enum values this server does not know count as the default, as in etcd 3.4. */
export function rangeQuery(message: RangeMessage): RangeQuery {
  requireKey(message.key);
  return {
    range: keyRange(message.key, message.range_end),
    revision: Number(message.revision),
    limit: Number(message.limit),
    sortOrder: known(SORT_ORDERS, message.sort_order),
    sortTarget: known(SORT_TARGETS, message.sort_target),
    keysOnly: message.keys_only,
    countOnly: message.count_only,
    minModRevision: Number(message.min_mod_revision),
    maxModRevision: Number(message.max_mod_revision),
    minCreateRevision: Number(message.min_create_revision),
    maxCreateRevision: Number(message.max_create_revision),
  };
}

export function putCommand(message: PutMessage): PutCommand {
  requireKey(message.key);
  if (message.ignore_value && message.value.length > 0) throw new EtcdError('valueProvided');
  if (message.ignore_lease && message.lease !== NO_LEASE) throw new EtcdError('leaseProvided');
  return {
    key: keyOf(message.key),
    value: message.value,
    lease: message.lease,
    wantsPrevious: message.prev_kv,
    ignoreValue: message.ignore_value,
    ignoreLease: message.ignore_lease,
  };
}

export function deleteCommand(message: DeleteRangeMessage): DeleteCommand {
  requireKey(message.key);
  return { range: keyRange(message.key, message.range_end), wantsPrevious: message.prev_kv };
}

export function txnOf(message: TxnMessage): Txn {
  return {
    compares: message.compare.map(compareOf),
    success: message.success.map(operationOf),
    failure: message.failure.map(operationOf),
  };
}

function operationOf(message: RequestOpMessage): Operation {
  if (message.request_range) return { kind: 'range', query: rangeQuery(message.request_range) };
  if (message.request_put) return { kind: 'put', command: putCommand(message.request_put) };
  if (message.request_delete_range) return { kind: 'delete', command: deleteCommand(message.request_delete_range) };
  if (message.request_txn) return { kind: 'txn', txn: txnOf(message.request_txn) };
  throw new EtcdError('keyNotFound');
}

/** A value to compare with that was not sent, or was sent for another target, is zero. */
function compareOf(message: CompareMessage): Compare {
  requireKey(message.key);
  return {
    range: keyRange(message.key, message.range_end),
    result: known(COMPARE_RESULTS, message.result),
    against: againstOf(message),
  };
}

function againstOf(message: CompareMessage): Compare['against'] {
  switch (message.target) {
    case 'Value':
      return { target: 'Value', bytes: message.value ?? NO_BYTES };
    case 'Create':
      return { target: 'Create', number: BigInt(message.create_revision ?? 0) };
    case 'Mod':
      return { target: 'Mod', number: BigInt(message.mod_revision ?? 0) };
    case 'Lease':
      return { target: 'Lease', number: BigInt(message.lease ?? 0) };
    default:
      return { target: 'Version', number: BigInt(message.version ?? 0) };
  }
}

function requireKey(key: Buffer): void {
  if (key.length === 0) throw new EtcdError('emptyKey');
}

function known<T extends string>(names: readonly T[], name: string | number): T {
  return names.find((candidate) => candidate === name) ?? names[0]!;
}
