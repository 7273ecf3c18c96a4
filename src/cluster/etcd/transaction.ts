import { CompareResult, CompareTarget } from 'etcd3';
import type { ICompare, IRequestOp, ITxnRequest, ITxnResponse } from 'etcd3';
import type { KeyEntry } from './key-entry.js';
import { toKeyEntry } from './key-entry.js';

/** A condition on one key; all of a transaction's conditions must hold. Revision 0 means "the key is absent". */
export type Condition =
  | { readonly key: string; readonly createRevision: number }
  | { readonly key: string; readonly modRevision: number }
  | { readonly key: string; readonly lease: string }
  | { readonly key: string; readonly value: Buffer };

export interface PutOperation {
  readonly key: string;
  readonly value: Buffer | string;
  /** The key ends with this lease. */
  readonly lease?: string;
}

/** If all conditions hold, all puts are done at one revision; if not, the keys in `otherwiseRead` are read instead. */
export interface Transaction {
  readonly when: readonly Condition[];
  readonly put: readonly PutOperation[];
  readonly otherwiseRead?: readonly string[];
}

export interface TransactionResult {
  readonly succeeded: boolean;
  /** Revision of the puts, or at which the keys were read. */
  readonly revision: number;
  /** The keys that exist among those read. */
  readonly found: ReadonlyMap<string, KeyEntry>;
}

export function toTxnRequest(transaction: Transaction): ITxnRequest {
  return {
    compare: transaction.when.map(toCompare),
    success: transaction.put.map((put) => ({
      request_put: { key: Buffer.from(put.key), value: Buffer.from(put.value), lease: put.lease ?? '0' },
    })),
    failure: (transaction.otherwiseRead ?? []).map(toRead),
  };
}

/** A transaction that only reads: all keys at one revision. */
export function toReadRequest(keys: readonly string[]): ITxnRequest {
  return { compare: [], success: keys.map(toRead), failure: [] };
}

export function toTransactionResult(answer: ITxnResponse): TransactionResult {
  const found = new Map<string, KeyEntry>();
  for (const response of answer.responses) {
    for (const raw of response.response_range?.kvs ?? []) {
      const entry = toKeyEntry(raw);
      found.set(entry.key, entry);
    }
  }
  return { succeeded: answer.succeeded, revision: Number(answer.header.revision), found };
}

function toRead(key: string): IRequestOp {
  return { request_range: { key: Buffer.from(key) } };
}

function toCompare(condition: Condition): ICompare {
  const base = { result: CompareResult.Equal, key: Buffer.from(condition.key) };
  if ('createRevision' in condition) {
    return { ...base, target: CompareTarget.Create, create_revision: condition.createRevision };
  }
  if ('modRevision' in condition) return { ...base, target: CompareTarget.Mod, mod_revision: condition.modRevision };
  if ('lease' in condition) return { ...base, target: CompareTarget.Lease, lease: condition.lease };
  return { ...base, target: CompareTarget.Value, value: condition.value };
}
