import type { GrpcCode } from '../../core/index.js';

/** Every error the embedded server answers on purpose, with etcd's own text and gRPC code (api/v3rpc/rpctypes/error.go). */
const CATALOGUE = {
  emptyKey: ['INVALID_ARGUMENT', 'etcdserver: key is not provided'],
  keyNotFound: ['INVALID_ARGUMENT', 'etcdserver: key not found'],
  valueProvided: ['INVALID_ARGUMENT', 'etcdserver: value is provided'],
  leaseProvided: ['INVALID_ARGUMENT', 'etcdserver: lease is provided'],
  tooManyOperations: ['INVALID_ARGUMENT', 'etcdserver: too many operations in txn request'],
  duplicateKey: ['INVALID_ARGUMENT', 'etcdserver: duplicate key given in txn request'],
  requestTooLarge: ['INVALID_ARGUMENT', 'etcdserver: request is too large'],
  compacted: ['OUT_OF_RANGE', 'etcdserver: mvcc: required revision has been compacted'],
  futureRevision: ['OUT_OF_RANGE', 'etcdserver: mvcc: required revision is a future revision'],
  leaseNotFound: ['NOT_FOUND', 'etcdserver: requested lease not found'],
  leaseExists: ['FAILED_PRECONDITION', 'etcdserver: lease already exists'],
  leaseTtlTooLarge: ['OUT_OF_RANGE', 'etcdserver: too large lease TTL'],
  authNotEnabled: ['FAILED_PRECONDITION', 'etcdserver: authentication is not enabled'],
  stopped: ['UNAVAILABLE', 'etcdserver: server stopped'],
} as const satisfies Record<string, readonly [GrpcCode, string]>;

export type EtcdErrorName = keyof typeof CATALOGUE;

/** An answer of etcd's own error catalogue; clients compare these texts, so they are etcd's to the letter. */
export class EtcdError extends Error {
  readonly code: GrpcCode;

  constructor(name: EtcdErrorName) {
    const [code, text] = CATALOGUE[name];
    super(text);
    this.name = 'EtcdError';
    this.code = code;
  }
}
