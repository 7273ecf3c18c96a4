/** Version of the protocol a process speaks; others read it from its record. */
export const PROTOCOL_VERSION = 1;

/** A gate that is alive, as it registered itself. */
export interface GateRecord {
  /** Advertised `host:port`. */
  readonly address: string;
  /** Unique per start of the process. */
  readonly startId: string;
  readonly protocol: number;
}

/** A node that is alive, as it registered itself. */
export interface NodeRecord extends GateRecord {
  /** Names of the object types it hosts. */
  readonly types: readonly string[];
  /** Its share of the shards in proportion to the other nodes'. */
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

export function parseNode(address: string, value: Buffer): NodeRecord {
  const raw = JSON.parse(value.toString()) as Partial<NodeRecord>;
  return {
    ...parseGate(address, value),
    types: Array.isArray(raw.types) ? raw.types.map(String) : [],
    weight: typeof raw.weight === 'number' && raw.weight >= 0 ? raw.weight : 1,
    state: raw.state === 'draining' ? 'draining' : 'serving',
  };
}

export function parseGate(address: string, value: Buffer): GateRecord {
  const raw = JSON.parse(value.toString()) as Partial<GateRecord>;
  return { address, startId: String(raw.startId ?? ''), protocol: Number(raw.protocol ?? 0) };
}
