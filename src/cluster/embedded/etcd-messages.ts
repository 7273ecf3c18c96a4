/** Messages of etcd's v3 API as `@grpc/proto-loader` decodes them here: int64 and enum names as strings, bytes as Buffer. */

export interface RangeMessage {
  key: Buffer;
  range_end: Buffer;
  limit: string;
  revision: string;
  sort_order: string | number;
  sort_target: string | number;
  keys_only: boolean;
  count_only: boolean;
  min_mod_revision: string;
  max_mod_revision: string;
  min_create_revision: string;
  max_create_revision: string;
}

export interface PutMessage {
  key: Buffer;
  value: Buffer;
  lease: string;
  prev_kv: boolean;
  ignore_value: boolean;
  ignore_lease: boolean;
}

export interface DeleteRangeMessage {
  key: Buffer;
  range_end: Buffer;
  prev_kv: boolean;
}

export interface CompareMessage {
  result: string | number;
  target: string | number;
  key: Buffer;
  range_end: Buffer;
  version?: string;
  create_revision?: string;
  mod_revision?: string;
  value?: Buffer;
  lease?: string;
}

export interface RequestOpMessage {
  request_range?: RangeMessage;
  request_put?: PutMessage;
  request_delete_range?: DeleteRangeMessage;
  request_txn?: TxnMessage;
}

export interface TxnMessage {
  compare: CompareMessage[];
  success: RequestOpMessage[];
  failure: RequestOpMessage[];
}

export interface CompactionMessage {
  revision: string;
}

export interface WatchCreateMessage {
  key: Buffer;
  range_end: Buffer;
  start_revision: string;
  progress_notify: boolean;
  filters: (string | number)[];
  prev_kv: boolean;
  watch_id: string;
  fragment: boolean;
}

export interface WatchRequestMessage {
  create_request?: WatchCreateMessage;
  cancel_request?: { watch_id: string };
  progress_request?: object;
}

export interface LeaseGrantMessage {
  TTL: string;
  ID: string;
}

export interface LeaseIdMessage {
  ID: string;
}

export interface LeaseTimeToLiveMessage {
  ID: string;
  keys: boolean;
}

/** In the answers nested in a transaction only the revision is set. */
export interface HeaderMessage {
  cluster_id?: string;
  member_id?: string;
  revision: number;
  raft_term?: string;
}
