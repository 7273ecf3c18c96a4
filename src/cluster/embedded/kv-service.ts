import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { CompactionMessage, DeleteRangeMessage, PutMessage, RangeMessage, TxnMessage } from './etcd-messages.js';
import type { EtcdStore } from './etcd-store.js';
import type { KvEngine } from './kv-engine.js';
import { deleteCommand, putCommand, rangeQuery, txnOf } from './kv-requests.js';
import { deleteMessage, putMessage, rangeMessage, txnMessage } from './kv-responses.js';
import { checkSize, putBytes, txnBytes } from './request-size.js';
import type { ServerIdentity } from './server-identity.js';
import { unary } from './unary.js';

/** The gRPC service `etcdserverpb.KV`. */
export function kvService(engine: KvEngine, store: EtcdStore, identity: ServerIdentity): UntypedServiceImplementation {
  return {
    Range: unary((message: RangeMessage) => {
      const answer = engine.range(rangeQuery(message));
      return rangeMessage(answer, identity.header(answer.revision));
    }),
    Put: unary((message: PutMessage) => {
      const command = putCommand(message);
      checkSize(putBytes(command));
      const answer = engine.put(command);
      return putMessage(answer, identity.header(answer.revision));
    }),
    DeleteRange: unary((message: DeleteRangeMessage) => {
      const answer = engine.delete(deleteCommand(message));
      return deleteMessage(answer, identity.header(answer.revision));
    }),
    Txn: unary((message: TxnMessage) => {
      const txn = txnOf(message);
      checkSize(txnBytes(txn));
      const answer = engine.txn(txn);
      return txnMessage(answer, identity.header(answer.revision));
    }),
    Compact: unary((message: CompactionMessage) => {
      store.compact(Number(message.revision));
      return { header: identity.header(store.revision) };
    }),
  };
}
