import type { ObjectCall, ParsedObjectId, Placement } from '../core/index.js';
import { GoverseError } from '../core/index.js';
import type { ClusterView } from '../cluster/index.js';
import { describeCall } from '../rpc/index.js';

type Target = Pick<ParsedObjectId, 'placement' | 'type'>;

/**
 * The owner of the object's shard in the pool that hosts its type; while nobody claims the shard, the node it is assigned
 * to, which holds the call. Never a node that does not host the type; undefined if there is none.
 */
export function destinationOf(view: ClusterView, { placement, type }: Target): string | undefined {
  const address = 'node' in placement ? placement.node : holderOf(view, placement.shard, type);
  return address !== undefined && view.nodes.get(address)?.types.includes(type) ? address : undefined;
}

function holderOf(view: ClusterView, shard: number, type: string): string | undefined {
  const pool = view.poolOf(type);
  if (pool === undefined) return undefined;
  return view.ownerOf(shard, pool) ?? view.assigneeOf(shard, pool);
}

/** Nobody can take a call for this object, and no other view is worth waiting for. */
export function isHopeless(view: ClusterView, { placement, type }: Target): boolean {
  if ('node' in placement) {
    const node = view.nodes.get(placement.node);
    return node === undefined ? view.revision > 0 : !node.types.includes(type);
  }
  return view.poolOf(type) === undefined && view.nodes.size > 0;
}

/**
 * Why a call cannot go anywhere in one view of the cluster: `UNKNOWN_TYPE` for a type that no node has ever hosted, or that
 * the node in the id does not host; `NO_OWNER` for one whose nodes are gone or have not taken the shard over yet.
 */
export class NobodyThere extends GoverseError {
  /** No other view is worth waiting for. */
  readonly final: boolean;

  constructor(call: ObjectCall, target: Target, view: ClusterView) {
    const { reason, why } = whyNobody(view, target);
    // Clients are not told what else there is.
    const unknown = reason === 'UNKNOWN_TYPE' && call.isFromClient;
    const forClients = `There is no object type ${target.type}`;
    const message = unknown ? forClients : `Nobody can execute ${describeCall(call)}: ${why}`;
    // An object may pass the error on to a client of its own.
    super({ reason, message, details: reason === 'UNKNOWN_TYPE' && !unknown ? { forClients } : undefined });
    this.final = isHopeless(view, target);
  }
}

interface Absence {
  readonly reason: 'NO_OWNER' | 'UNKNOWN_TYPE';
  readonly why: string;
}

function whyNobody(view: ClusterView, { placement, type }: Target): Absence {
  if ('node' in placement) return whyNotThere(view, placement, type);
  const { shard } = placement;
  const pool = view.poolOf(type);
  if (pool === undefined) return unknownType(view, type);
  const waiting = (why: string): Absence => ({ reason: 'NO_OWNER', why });
  const members = [...view.nodes.values()].filter((node) => node.pool === pool).length;
  if (members === 0) return waiting(`no node is alive that hosts ${type} (pool ${pool})`);
  const holder = holderOf(view, shard, type);
  if (holder === undefined || !view.nodes.has(holder))
    return waiting(`no node owns shard ${shard} of ${type} (pool ${pool}) yet (${alive(members)})`);
  return waiting(
    `shard ${shard} of the pool ${pool} is with ${holder}, which does not host ${type}, unlike others of its pool. ` +
      'Nodes of one pool host the same types: give that node another pool, or the class',
  );
}

/** An id that names its node goes there, whatever the node's pool. */
function whyNotThere(
  view: ClusterView,
  { node: address }: Extract<Placement, { node: string }>,
  type: string,
): Absence {
  const node = view.nodes.get(address);
  if (node !== undefined)
    return { reason: 'UNKNOWN_TYPE', why: `the node ${address} hosts no ${type}; ${hosted(node.types)}` };
  const why = `${address} is no live node of the cluster (${alive(view.nodes.size)})`;
  return { reason: 'NO_OWNER', why };
}

function unknownType(view: ClusterView, type: string): Absence {
  if (view.nodes.size === 0) return { reason: 'NO_OWNER', why: `no node is alive that hosts ${type}` };
  const types = [...new Set([...view.nodes.values()].flatMap((node) => node.types))].sort();
  const why = `there is no object type ${type}; ${hosted(types)}. List its class in providers of a module of a node`;
  return { reason: 'UNKNOWN_TYPE', why };
}

function hosted(types: readonly string[]): string {
  return types.length > 0 ? `hosted there: ${types.join(', ')}` : 'no type is hosted there';
}

function alive(count: number): string {
  return count === 0 ? 'no node is alive' : `${count} node(s) are alive`;
}
