import { GoverseError } from '../core/index.js';
import type { GateRecord } from './member-record.js';
import type { ProtocolRange } from './protocol.js';
import type { StoreRecord } from './store-record.js';
import { LAYOUT_VERSION } from './store-record.js';

/** Another process is registered under this address and does not go away. */
export function addressInUse(role: string, address: string, holderStartId: string, waitedMs: number): GoverseError {
  return new GoverseError({
    reason: 'ADDRESS_IN_USE',
    code: 'ALREADY_EXISTS',
    message:
      `The ${role} address ${address} is in use: the ${role} with start id ${holderStartId || '(unknown)'} is registered under it ` +
      `in etcd and did not leave within ${Math.round(waitedMs / 1_000)} s. Stop that process or give this one another address (advertise)`,
    details: { address, holder: holderStartId },
  });
}

/** A live node hosts an object type of this node in another pool and does not go away. */
export function poolMismatch(
  pool: string,
  rival: { readonly type: string; readonly node: { readonly address: string; readonly pool: string } },
): GoverseError {
  const { type, node } = rival;
  return new GoverseError({
    reason: 'POOL_MISMATCH',
    code: 'FAILED_PRECONDITION',
    message:
      `This node cannot host ${type} in the pool ${pool}: the node ${node.address} hosts it in the pool ${node.pool}, and an object ` +
      `type lives in one pool only. Start this node with pool ${node.pool}, or without ${type}, or stop the nodes that host it there first`,
    details: { type, pool, node: node.address, nodePool: node.pool },
  });
}

/** A live process of the cluster speaks a protocol that this one does not understand, or the other way round. */
export function protocolMismatch(mine: ProtocolRange, other: GateRecord): GoverseError {
  return new GoverseError({
    reason: 'PROTOCOL_MISMATCH',
    code: 'FAILED_PRECONDITION',
    message:
      `This process speaks version ${versions(mine)} of the protocol between processes, ${other.address} version ${versions(other)}: they do not ` +
      'understand each other. Run versions of nestjs-goverse that do, or stop the processes of the other one first',
    details: { protocol: mine.protocol, other: other.address, otherProtocol: other.protocol },
  });
}

function versions({ protocol, oldestProtocol }: ProtocolRange): string {
  return oldestProtocol === protocol ? `${protocol}` : `${protocol} (and down to ${oldestProtocol})`;
}

/** Why this process must not join the cluster of that store; undefined if it may. */
export function misfit(store: StoreRecord, shards: number, prefix: string): GoverseError | undefined {
  if (store.layout !== LAYOUT_VERSION) {
    return new GoverseError({
      reason: 'LAYOUT_MISMATCH',
      code: 'FAILED_PRECONDITION',
      message:
        `The cluster under ${prefix} uses version ${store.layout} of the layout in etcd, this process version ${LAYOUT_VERSION}. ` +
        'Run the same version of nestjs-goverse everywhere, or use another etcdPrefix',
    });
  }
  if (store.shards === shards) return undefined;
  return new GoverseError({
    reason: 'SHARDS_MISMATCH',
    code: 'FAILED_PRECONDITION',
    message:
      `The cluster under ${prefix} has ${store.shards} shards, this process is configured for ${shards}. ` +
      `Set shards to ${store.shards}, or use another etcdPrefix`,
    details: { cluster: store.shards, process: shards },
  });
}

/** The process was stopped while it was still joining. */
export function stoppedWhileJoining(role: string, address: string): GoverseError {
  return new GoverseError({
    reason: 'NOT_READY',
    message: `The ${role} ${address} was stopped before it had joined the cluster`,
  });
}
