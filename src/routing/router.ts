import type {
  CallResult,
  CallTarget,
  Clock,
  ObjectCall,
  PayloadCodec,
  Placement,
  ValuePayload,
  WirePayload,
} from '../core/index.js';
import { GoverseError, goverseError, placementOf } from '../core/index.js';
import type { ClusterView, ViewSource } from '../cluster/index.js';
import { describeCall } from '../rpc/index.js';
import type { ViewStamp } from '../rpc/index.js';
import { assertMayGoOn, mayRetry, pauseBeforeRetry, viewChangeOrTimeout } from './call-retry.js';

/** A node on the other side of a Link. */
export interface RemoteNode {
  execute(call: ObjectCall, signal: AbortSignal, view?: ViewStamp): Promise<CallResult>;
}

export interface RouterParts {
  readonly source: ViewSource;
  readonly shards: number;
  readonly clock: Clock;
  /** The Link to a node. */
  remote(address: string): RemoteNode;
  /** This process, if it hosts objects; the codec encodes arguments that turn out to leave it. */
  readonly local?: { readonly address: string; readonly target: CallTarget; readonly codec: PayloadCodec };
}

/**
 * Brings a call to whoever owns its object, and back again while it is certain that nothing ran, until the deadline
 * (cluster.md, rule 11). The first attempt leaves in the same tick as `execute`, so calls of one caller keep their order.
 */
export class Router implements CallTarget {
  constructor(private readonly parts: RouterParts) {}

  /** True if the object's shard is owned by this process at the moment: its argument need not be encoded. */
  isLocal(objectId: string): boolean {
    const { local, source, shards } = this.parts;
    return local !== undefined && destination(source.view, placementOf(objectId, shards)) === local.address;
  }

  async execute(call: ObjectCall, signal: AbortSignal): Promise<CallResult> {
    const placement = placementOf(call.objectId, this.parts.shards);
    const { source, clock } = this.parts;
    let lastError: unknown;
    for (let attempt = 0; ; attempt++) {
      assertMayGoOn(call, signal, clock, lastError);
      const view = source.view;
      const address = destination(view, placement);
      if (address === undefined) {
        lastError = noOwner(call, placement, view);
        if ('node' in placement && view.revision > 0) throw lastError;
        await viewChangeOrTimeout(source, view, Infinity, call, signal, clock);
        continue;
      }
      try {
        return await this.send(address, call, signal, view);
      } catch (error) {
        if (!mayRetry(error, call)) throw error;
        lastError = error;
        await pauseBeforeRetry(source, view, hintOf(error), attempt, call, signal, clock);
      }
    }
  }

  private send(address: string, call: ObjectCall, signal: AbortSignal, view: ClusterView): Promise<CallResult> {
    const { local } = this.parts;
    if (local?.address === address) return local.target.execute(call, signal);
    const wireCall =
      local && call.payload.kind === 'value' ? { ...call, payload: encodeValue(local.codec, call.payload) } : call;
    return this.parts.remote(address).execute(wireCall, signal, { store: view.store, revision: view.revision });
  }
}

/** Owner by the claims; while nobody claims the shard, the node it is assigned to, which holds the call. */
function destination(view: ClusterView, placement: Placement): string | undefined {
  if ('node' in placement) return view.nodes.has(placement.node) ? placement.node : undefined;
  const owner = view.ownerOf(placement.shard);
  if (owner !== undefined) return owner;
  const assignee = view.assigneeOf(placement.shard);
  return assignee !== undefined && view.nodes.has(assignee) ? assignee : undefined;
}

function noOwner(call: ObjectCall, placement: Placement, view: ClusterView): GoverseError {
  const members = view.nodes.size === 0 ? 'no node is alive' : `${view.nodes.size} node(s) are alive`;
  const why =
    'node' in placement
      ? `${placement.node} is no live node of the cluster (${members})`
      : `no node owns shard ${placement.shard} yet (${members})`;
  return goverseError('NO_OWNER', `Nobody can execute ${describeCall(call)}: ${why}`);
}

function hintOf(error: unknown): ViewStamp | undefined {
  if (!(error instanceof GoverseError) || error.reason !== 'NOT_OWNER') return undefined;
  const details = error.details as Partial<ViewStamp> | undefined;
  if (typeof details?.store !== 'string' || typeof details.revision !== 'number') return undefined;
  return { store: details.store, revision: details.revision };
}

/** The bytes of an argument that turns out to leave the process. */
function encodeValue(codec: PayloadCodec, { value, className }: ValuePayload): WirePayload {
  const encoded = codec.encodeArgument(value);
  return className === undefined ? encoded : { ...encoded, className };
}
