import { DEFAULT_POOL } from '../core/index.js';
import type { ProtocolRange } from './protocol.js';
import { PROTOCOL } from './protocol.js';

/** A gate that is alive, as it registered itself. */
export interface GateRecord extends ProtocolRange {
  /** Advertised `host:port`. */
  readonly address: string;
  /** Unique per start of the process. */
  readonly startId: string;
}

/** A node that is alive, as it registered itself. */
export interface NodeRecord extends GateRecord {
  /** The shard space it takes part in. */
  readonly pool: string;
  /** Names of the object types it hosts. */
  readonly types: readonly string[];
  /** Its share of the pool's shards in proportion to the pool's other nodes. */
  readonly weight: number;
  /** A draining node gets no shards and hands over those it has. */
  readonly state: 'serving' | 'draining';
}

/** Facts of a record that its key carries and nobody writes. */
export interface Registered {
  readonly createRevision: number;
  readonly lease: string;
}

export type RegisteredNode = NodeRecord & Registered;
export type RegisteredGate = GateRecord & Registered;

/**
 * Value of a node's key. Processes that know no pools take every node for one of the only shard space: outside of the
 * default pool they read a weight of 0 and give it nothing.
 */
export function encodeNode(record: NodeRecord): string {
  const { pool, weight, ...rest } = record;
  return JSON.stringify(pool === DEFAULT_POOL ? { ...rest, weight } : { ...rest, weight: 0, pool, poolWeight: weight });
}

/** A record without a pool belongs to the default pool. */
export function parseNode(address: string, value: Buffer): NodeRecord {
  const raw = JSON.parse(value.toString()) as Partial<NodeRecord & { poolWeight: number }>;
  const pool = typeof raw.pool === 'string' && raw.pool !== '' ? raw.pool : DEFAULT_POOL;
  const weight = pool === DEFAULT_POOL ? raw.weight : raw.poolWeight;
  return {
    ...parseGate(address, value),
    pool,
    types: Array.isArray(raw.types) ? raw.types.map(String) : [],
    weight: typeof weight === 'number' && weight >= 0 ? weight : 1,
    state: raw.state === 'draining' ? 'draining' : 'serving',
  };
}

/** A record that says nothing of its protocol is taken for one of this version. */
export function parseGate(address: string, value: Buffer): GateRecord {
  const raw = JSON.parse(value.toString()) as Partial<GateRecord>;
  const protocol = numberOr(raw.protocol, PROTOCOL.protocol);
  return {
    address,
    startId: String(raw.startId ?? ''),
    protocol,
    oldestProtocol: numberOr(raw.oldestProtocol, protocol),
  };
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
