import { randomBytes } from 'node:crypto';
import type { HeaderMessage } from './etcd-messages.js';

/** Who answers: new random ids at every start, because an embedded etcd that starts again is another, empty one. */
export class ServerIdentity {
  readonly clusterId = randomBytes(8).readBigUInt64LE().toString();
  readonly memberId = randomBytes(8).readBigUInt64LE().toString();
  /** There is one member and it always leads. */
  readonly raftTerm = '2';

  header(revision: number): HeaderMessage {
    return { cluster_id: this.clusterId, member_id: this.memberId, revision, raft_term: this.raftTerm };
  }
}
