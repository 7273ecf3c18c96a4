import type { HeaderMessage } from './etcd-messages.js';
import type { KeyValue } from './key-value.js';
import type { DeleteAnswer, OperationAnswer, PutAnswer, TxnAnswer } from './operations.js';
import type { RangeAnswer } from './range-query.js';

export function keyValueMessage(kv: KeyValue): object {
  return {
    key: Buffer.from(kv.key, 'latin1'),
    value: kv.value,
    create_revision: kv.createRevision,
    mod_revision: kv.modRevision,
    version: kv.version,
    lease: kv.lease,
  };
}

export function rangeMessage(answer: RangeAnswer, header: HeaderMessage): object {
  return { header, kvs: answer.kvs.map(keyValueMessage), more: answer.more, count: answer.count };
}

export function putMessage(answer: PutAnswer, header: HeaderMessage): object {
  return { header, prev_kv: answer.previous === undefined ? undefined : keyValueMessage(answer.previous) };
}

export function deleteMessage(answer: DeleteAnswer, header: HeaderMessage): object {
  return { header, deleted: answer.deleted, prev_kvs: answer.previous.map(keyValueMessage) };
}

export function txnMessage(answer: TxnAnswer, header: HeaderMessage): object {
  return { header, succeeded: answer.succeeded, responses: answer.answers.map(responseOp) };
}

function responseOp(operation: OperationAnswer): object {
  const header = { revision: operation.answer.revision };
  switch (operation.kind) {
    case 'range':
      return { response_range: rangeMessage(operation.answer, header) };
    case 'put':
      return { response_put: putMessage(operation.answer, header) };
    case 'delete':
      return { response_delete_range: deleteMessage(operation.answer, header) };
    case 'txn':
      return { response_txn: txnMessage(operation.answer, { revision: 0 }) };
  }
}
