import type {
  CallOutcome,
  CallResult,
  CallTarget,
  Cancellation,
  Clock,
  NearObject,
  ObjectCall,
  Placement,
} from '../core/index.js';
import { beginCall, goverseError, hasReason, placementOf, promiseOf } from '../core/index.js';
import type { ClusterView, ViewSource } from '../cluster/index.js';
import type { Ownership } from '../objects/index.js';
import { assertMayGoOn, viewChangeOrTimeout } from '../routing/index.js';
import type { ViewStamp } from '../rpc/index.js';

/** How long a node that is behind its caller waits for its own view to catch up. */
const CATCH_UP_MS = 2_000;

/** Safety net of waits that views normally end. */
const LOOK_AGAIN_MS = 100;

/** What this node knows of its own shards. */
export interface ShardHolder extends ViewSource {
  /** The shard space its shards are of. */
  readonly pool: string;
  /** The lease clock runs: turns may start. */
  alive(): boolean;
  /** A confirmed claim that is not being released. */
  holds(shard: number): boolean;
  /** The shard's last turns are ending here; another node is next. */
  releasing(shard: number): boolean;
}

/** An object that lives on this node. */
export interface LocalObject {
  readonly placement: Placement;
  /** Undefined while it activates or ends. */
  readonly near: NearObject | undefined;
}

/** The objects of this node. */
export interface LocalObjects extends CallTarget {
  /** A turn that runs here waits for the call: no other node could answer it. */
  reenters(call: ObjectCall): boolean;
  /** The living object. `type`: given apart from the id. */
  find(objectId: string, type: string | undefined): LocalObject | undefined;
}

export interface LocalTargetParts {
  readonly address: string;
  readonly shards: number;
  readonly clock: Clock;
  readonly catalog: LocalObjects;
  readonly holder: ShardHolder;
}

/**
 * Runs calls on this node's objects, by its confirmed claims only. A call for a shard that is on its way here waits for
 * the claim; one for a shard on its way elsewhere waits until it has left and is then sent on (cluster.md, rule 11).
 */
export class LocalTarget implements CallTarget, Pick<Ownership, 'assertMayRun'> {
  constructor(private readonly parts: LocalTargetParts) {}

  execute(call: ObjectCall, signal: Cancellation, hint?: ViewStamp): Promise<CallResult> {
    return promiseOf((outcome) => this.begin(call, signal, outcome, hint));
  }

  begin(call: ObjectCall, signal: Cancellation, outcome: CallOutcome, hint?: ViewStamp): void {
    const { shards, catalog, clock } = this.parts;
    const living = call.verb === 'call' ? catalog.find(call.objectId, call.type) : undefined;
    let placement: Placement;
    try {
      placement = living?.placement ?? placementOf(call.objectId, shards);
    } catch (error) {
      return outcome.failed(error);
    }
    const attempt = new LocalAttempt(call, signal, placement, hint, outcome, this.holdOn);
    if (!this.mine(placement) && !catalog.reenters(call)) return this.holdOn(attempt);
    const near = living?.near;
    if (near && !signal.aborted && call.deadline > clock.now()) near.begin(call, signal, attempt);
    else beginCall(catalog, call, signal, attempt);
  }

  /** `FindNear`: whoever lives here and stays. */
  near(objectId: string, type: string | undefined): NearObject | undefined {
    const object = this.parts.catalog.find(objectId, type);
    return object !== undefined && this.mine(object.placement) ? object.near : undefined;
  }

  /** Checked by the objects before every turn. */
  assertMayRun(placement: Placement): void {
    if (!this.parts.holder.alive()) throw this.fenced();
    if (!this.mine(placement)) throw this.notOwner(placement);
  }

  /** The shard left while the call waited in a mailbox: nothing ran, so it may wait for the end of the move here. */
  private readonly holdOn = (attempt: LocalAttempt, error?: unknown): void => {
    const { call, signal, placement, hint, outcome } = attempt;
    if (error !== undefined && (!isNotOwner(error) || this.mine(placement))) return outcome.failed(error);
    this.hold(call, signal, placement, hint).then(
      () => beginCall(this.parts.catalog, call, signal, attempt),
      (refusal: unknown) => outcome.failed(refusal),
    );
  };

  /** Resolves when the shard is here. */
  private async hold(
    call: ObjectCall,
    signal: Cancellation,
    placement: Placement,
    hint: ViewStamp | undefined,
  ): Promise<void> {
    const { holder, clock } = this.parts;
    const catchUpUntil = clock.now() + CATCH_UP_MS;
    for (;;) {
      const view = holder.view;
      if (this.mine(placement)) return;
      if (!holder.alive()) throw this.fenced();
      const behind = isBehind(view, hint) && clock.now() < catchUpUntil;
      if (!behind && !this.inMotion(placement, view)) throw this.notOwner(placement);
      assertMayGoOn(call, signal, clock, this.notOwner(placement));
      await viewChangeOrTimeout({ source: holder, clock, call, signal }, view, LOOK_AGAIN_MS);
    }
  }

  private mine(placement: Placement): boolean {
    return 'node' in placement ? placement.node === this.parts.address : this.parts.holder.holds(placement.shard);
  }

  private inMotion(placement: Placement, view: ClusterView): boolean {
    if ('node' in placement) return false;
    const { holder, address } = this.parts;
    return holder.releasing(placement.shard) || view.assigneeOf(placement.shard, holder.pool) === address;
  }

  private notOwner(placement: Placement): Error {
    const { address, holder } = this.parts;
    const { store, revision } = holder.view;
    const owner = 'node' in placement ? placement.node : holder.view.ownerOf(placement.shard, holder.pool);
    const what = 'node' in placement ? `the node ${placement.node}` : `shard ${placement.shard}`;
    return goverseError('NOT_OWNER', `${address} does not hold ${what}; nothing was executed`, {
      details: { store, revision, owner },
    });
  }

  private fenced(): Error {
    return goverseError(
      'FENCED',
      `${this.parts.address} has lost its lease in the cluster and runs nothing until it has joined again`,
    );
  }
}

/** One call on its way to the objects; comes back when its shard has left before it ran. */
class LocalAttempt implements CallOutcome {
  constructor(
    readonly call: ObjectCall,
    readonly signal: Cancellation,
    readonly placement: Placement,
    readonly hint: ViewStamp | undefined,
    readonly outcome: CallOutcome,
    private readonly refused: (attempt: LocalAttempt, error: unknown) => void,
  ) {}

  done(result: CallResult): void {
    this.outcome.done(result);
  }

  failed(error: unknown): void {
    this.refused(this, error);
  }
}

function isNotOwner(error: unknown): boolean {
  return hasReason(error, 'NOT_OWNER') && error.retryable;
}

function isBehind(view: ClusterView, hint: ViewStamp | undefined): boolean {
  return hint !== undefined && hint.store === view.store && hint.revision > view.revision;
}
