import type {
  CallOutcome,
  CallResult,
  CallTarget,
  Cancellation,
  Clock,
  ObjectCall,
  ParsedObjectId,
  PayloadCodec,
  ValuePayload,
  WirePayload,
} from '../core/index.js';
import { beginCall, parseObjectId, promiseOf } from '../core/index.js';
import type { ClusterView, ViewSource } from '../cluster/index.js';
import { callEvents } from '../observability/index.js';
import type { ViewStamp } from '../rpc/index.js';
import type { CallWait } from './call-retry.js';
import { assertMayGoOn, mayRetry } from './call-retry.js';
import { NobodyThere, destinationOf } from './destination.js';
import { RetryPauses } from './retry-pauses.js';
import { WatchedCall } from './watched-call.js';

/** A node on the other side of a Link. */
export interface RemoteNode {
  /** `up`: connected. */
  readonly state?: string;
  /** Resolves when it is connected, rejects `NOT_READY`. Without it, calls find out by themselves. */
  connect?(): Promise<unknown>;
  execute(call: ObjectCall, signal: Cancellation, view?: ViewStamp): Promise<CallResult>;
  /** The same without a promise of its own (`CallTarget.begin`). */
  begin?(call: ObjectCall, signal: Cancellation, outcome: CallOutcome, view?: ViewStamp): void;
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
  /** Calls whose first attempt did not get through, and that have not ended. */
  retrying = 0;
  private readonly pauses: RetryPauses;

  constructor(private readonly parts: RouterParts) {
    this.pauses = new RetryPauses(parts);
  }

  /** True if the object's shard is owned by this process at the moment: its argument need not be encoded. */
  isLocal(objectId: string, type: string): boolean {
    const { local, source, shards } = this.parts;
    if (local === undefined) return false;
    return destinationOf(source.view, parseObjectId(objectId, shards, type)) === local.address;
  }

  execute(call: ObjectCall, signal: Cancellation): Promise<CallResult> {
    return promiseOf((outcome) => this.begin(call, signal, outcome));
  }

  begin(call: ObjectCall, signal: Cancellation, told: CallOutcome): void {
    const outcome = callEvents.watched ? new WatchedCall(call, told) : told;
    let attempt: CallOutcome = outcome;
    try {
      const object = parseObjectId(call.objectId, this.parts.shards, call.type);
      const { view } = this.parts.source;
      const address = destinationOf(view, object);
      const first = new RouterAttempt(call, signal, object, view, outcome, this.goOn);
      if (address === undefined) return this.goOn(first, new NobodyThere(call, object, view));
      // Objects of this process find out themselves whether they are called in time.
      if (address !== this.parts.local?.address) assertMayGoOn(call, signal, this.parts.clock);
      attempt = first;
      this.send(address, call, signal, view, attempt);
    } catch (error) {
      attempt.failed(error);
    }
  }

  /** The first attempt found nobody, or was refused: tries again while it is certain that nothing ran. */
  private readonly goOn = (attempt: RouterAttempt, error: unknown): void => {
    const { outcome } = attempt;
    this.retrying++;
    this.retry(attempt, error).then(
      (result) => {
        this.retrying--;
        outcome.done(result);
      },
      (last: unknown) => {
        this.retrying--;
        outcome.failed(last);
      },
    );
  };

  private async retry({ call, signal, object, view: first }: RouterAttempt, error: unknown): Promise<CallResult> {
    const { source, clock } = this.parts;
    const wait: CallWait = { source, clock, call, signal };
    let view = first;
    let lastError = error;
    for (let attempt = 0; ; attempt++) {
      if (lastError instanceof NobodyThere) {
        if (lastError.final) throw lastError;
        await this.pauses.untilSomebody(wait, object);
      } else {
        if (!mayRetry(lastError, call)) throw lastError;
        await this.pauses.afterRefusal(wait, object, { view, refusal: lastError, attempt });
      }
      assertMayGoOn(call, signal, clock, lastError);
      view = source.view;
      try {
        return await this.sendAgain(call, signal, object, view);
      } catch (refusal) {
        lastError = refusal;
      }
    }
  }

  private sendAgain(
    call: ObjectCall,
    signal: Cancellation,
    object: ParsedObjectId,
    view: ClusterView,
  ): Promise<CallResult> {
    const address = destinationOf(view, object);
    if (address === undefined) throw new NobodyThere(call, object, view);
    return promiseOf((outcome) => this.send(address, call, signal, view, outcome));
  }

  private send(address: string, call: ObjectCall, signal: Cancellation, view: ClusterView, outcome: CallOutcome): void {
    const { local } = this.parts;
    if (local?.address === address) return beginCall(local.target, call, signal, outcome);
    const wireCall =
      local && call.payload.kind === 'value' ? { ...call, payload: encodeValue(local.codec, call.payload) } : call;
    const remote = this.parts.remote(address);
    const stamp = { store: view.store, revision: view.revision };
    if (remote.begin) return remote.begin(wireCall, signal, outcome, stamp);
    remote.execute(wireCall, signal, stamp).then(
      (result) => outcome.done(result),
      (error: unknown) => outcome.failed(error),
    );
  }
}

/** The first attempt of a call; comes back with an error that another attempt may mend. */
class RouterAttempt implements CallOutcome {
  constructor(
    readonly call: ObjectCall,
    readonly signal: Cancellation,
    readonly object: ParsedObjectId,
    readonly view: ClusterView,
    readonly outcome: CallOutcome,
    private readonly goOn: (attempt: RouterAttempt, error: unknown) => void,
  ) {}

  done(result: CallResult): void {
    this.outcome.done(result);
  }

  failed(error: unknown): void {
    if (mayRetry(error, this.call)) this.goOn(this, error);
    else this.outcome.failed(error);
  }
}

/** The bytes of an argument that turns out to leave the process. */
function encodeValue(codec: PayloadCodec, { value, className }: ValuePayload): WirePayload {
  const encoded = codec.encodeArgument(value);
  return className === undefined ? encoded : { ...encoded, className };
}
