import { holds } from './compare.js';
import { EtcdError } from './etcd-error.js';
import type { EtcdStore } from './etcd-store.js';
import { NO_LEASE } from './key-value.js';
import type {
  DeleteAnswer,
  DeleteCommand,
  Operation,
  OperationAnswer,
  PutAnswer,
  PutCommand,
  Txn,
  TxnAnswer,
} from './operations.js';
import { runRange, type RangeAnswer, type RangeQuery } from './range-query.js';
import { checkTxn } from './txn-rules.js';
import type { WriteBatch } from './write-batch.js';

/** What the engine asks of the lease book. */
export interface KnownLeases {
  has(id: string): boolean;
}

/** A transaction with its conditions decided: the branch that runs, nested ones included. */
interface Decided {
  readonly succeeded: boolean;
  readonly steps: readonly Step[];
}

type Step = Exclude<Operation, { kind: 'txn' }> | { readonly kind: 'txn'; readonly decided: Decided };

/** Range, Put, DeleteRange and Txn over the store, with etcd's order of checks: a refused request changes nothing. */
export class KvEngine {
  constructor(
    private readonly store: EtcdStore,
    private readonly leases: KnownLeases,
  ) {}

  range(query: RangeQuery): RangeAnswer {
    return runRange(this.store, query);
  }

  put(command: PutCommand): PutAnswer {
    this.checkLease(command);
    this.checkUpdated(command);
    return this.store.write((batch) => applyPut(batch, command));
  }

  delete(command: DeleteCommand): DeleteAnswer {
    return this.store.write((batch) => applyDelete(batch, command));
  }

  txn(txn: Txn): TxnAnswer {
    checkTxn(txn);
    const decided = this.decide(txn);
    this.checkSteps(decided);
    return this.store.write((batch) => applyTxn(batch, decided));
  }

  /** etcd decides every condition, nested ones too, before the first operation runs. */
  private decide(txn: Txn): Decided {
    const succeeded = txn.compares.every((compare) => holds(this.store, compare));
    const steps = (succeeded ? txn.success : txn.failure).map((operation): Step =>
      operation.kind === 'txn' ? { kind: 'txn', decided: this.decide(operation.txn) } : operation,
    );
    return { succeeded, steps };
  }

  /** etcd checks every put of the tree before any range; clients see which complaint comes first. */
  private checkSteps(decided: Decided): void {
    const steps = flatten(decided);
    for (const step of steps) {
      if (step.kind !== 'put') continue;
      this.checkUpdated(step.command);
      this.checkLease(step.command);
    }
    for (const step of steps) {
      if (step.kind === 'range') this.checkRevision(step.query.revision);
    }
  }

  private checkLease(command: PutCommand): void {
    if (command.lease !== NO_LEASE && !this.leases.has(command.lease)) throw new EtcdError('leaseNotFound');
  }

  /** A put that keeps the value or the lease needs a key that has one. */
  private checkUpdated(command: PutCommand): void {
    if (!command.ignoreValue && !command.ignoreLease) return;
    if (this.store.versionAt(command.key, this.store.revision) === undefined) throw new EtcdError('keyNotFound');
  }

  private checkRevision(revision: number): void {
    if (revision > this.store.revision) throw new EtcdError('futureRevision');
    if (revision !== 0 && revision < this.store.compactRevision) throw new EtcdError('compacted');
  }
}

/** The steps that will run, those of nested transactions in place. */
function flatten(decided: Decided): Step[] {
  return decided.steps.flatMap((step) => (step.kind === 'txn' ? flatten(step.decided) : [step]));
}

function applyTxn(batch: WriteBatch, decided: Decided): TxnAnswer {
  const answers = decided.steps.map((step) => applyStep(batch, step));
  return { succeeded: decided.succeeded, answers, revision: batch.revision };
}

function applyStep(batch: WriteBatch, step: Step): OperationAnswer {
  switch (step.kind) {
    case 'range':
      return { kind: 'range', answer: runRange(batch, step.query) };
    case 'put':
      return { kind: 'put', answer: applyPut(batch, step.command) };
    case 'delete':
      return { kind: 'delete', answer: applyDelete(batch, step.command) };
    case 'txn':
      return { kind: 'txn', answer: applyTxn(batch, step.decided) };
  }
}

function applyPut(batch: WriteBatch, command: PutCommand): PutAnswer {
  const previous = batch.get(command.key);
  const value = command.ignoreValue && previous !== undefined ? previous.value : command.value;
  const lease = command.ignoreLease && previous !== undefined ? previous.lease : command.lease;
  batch.put(command.key, value, lease);
  return command.wantsPrevious ? { revision: batch.revision, previous } : { revision: batch.revision };
}

function applyDelete(batch: WriteBatch, command: DeleteCommand): DeleteAnswer {
  const deleted = batch.delete(command.range);
  return { revision: batch.revision, deleted: deleted.length, previous: command.wantsPrevious ? deleted : [] };
}
