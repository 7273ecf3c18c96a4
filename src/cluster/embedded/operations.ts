import type { KeyRange } from './key-range.js';
import type { KeyValue } from './key-value.js';
import type { RangeAnswer, RangeQuery } from './range-query.js';

export interface PutCommand {
  readonly key: string;
  readonly value: Buffer;
  readonly lease: string;
  readonly wantsPrevious: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}

export interface PutAnswer {
  readonly revision: number;
  readonly previous?: KeyValue;
}

export interface DeleteCommand {
  readonly range: KeyRange;
  readonly wantsPrevious: boolean;
}

export interface DeleteAnswer {
  readonly revision: number;
  readonly deleted: number;
  readonly previous: readonly KeyValue[];
}

export type CompareResult = 'Equal' | 'Greater' | 'Less' | 'NotEqual';

/** One condition of a transaction; it must hold for every key of the range. */
export interface Compare {
  readonly range: KeyRange;
  readonly result: CompareResult;
  readonly against:
    | { readonly target: 'Version' | 'Create' | 'Mod' | 'Lease'; readonly number: bigint }
    | { readonly target: 'Value'; readonly bytes: Buffer };
}

/** One step of a transaction. */
export type Operation =
  | { readonly kind: 'range'; readonly query: RangeQuery }
  | { readonly kind: 'put'; readonly command: PutCommand }
  | { readonly kind: 'delete'; readonly command: DeleteCommand }
  | { readonly kind: 'txn'; readonly txn: Txn };

export type OperationAnswer =
  | { readonly kind: 'range'; readonly answer: RangeAnswer }
  | { readonly kind: 'put'; readonly answer: PutAnswer }
  | { readonly kind: 'delete'; readonly answer: DeleteAnswer }
  | { readonly kind: 'txn'; readonly answer: TxnAnswer };

export interface Txn {
  readonly compares: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export interface TxnAnswer {
  readonly revision: number;
  readonly succeeded: boolean;
  readonly answers: readonly OperationAnswer[];
}
