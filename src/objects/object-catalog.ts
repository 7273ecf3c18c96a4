import {
  GoverseError,
  NEVER,
  goverseError,
  parseObjectId,
  promiseOf,
  uniqueId,
  type CallOutcome,
  type CallResult,
  type CallTarget,
  type Cancellation,
  type Clock,
  type ObjectCall,
  type ParsedObjectId,
} from '../core/index.js';
import { ActivationIndex } from './activation-index.js';
import { Activation, type ActivationListener } from './activation.js';
import type { ValueCodec } from './argument-reader.js';
import { turnIdOf } from './call-chain.js';
import { CallTurn } from './call-turn.js';
import { CreateTurn } from './create-turn.js';
import { DeleteTurn } from './delete-turn.js';
import { IdleCollector } from './idle-collector.js';
import type { ObjectDefinition } from './object-definition.js';
import type { ObjectRegistry } from './object-registry.js';
import type { Ownership } from './ownership.js';
import { RequestFactory } from './request-factory.js';
import type { RequestTurn } from './request-turn.js';
import { TimeWheel } from './time-wheel.js';
import type { Expirable, RuntimeLogger, TurnRuntime } from './turn-runtime.js';
import { TurnWatch } from './turn-watch.js';

export interface ObjectCatalogParts {
  readonly registry: ObjectRegistry;
  readonly ownership: Ownership;
  readonly codec: ValueCodec;
  readonly clock: Clock;
  /** Shards of the cluster. */
  readonly shards: number;
  /** Activations this process may have; more are refused with `OVERLOADED`. */
  readonly maxActivations: number;
  readonly logger: RuntimeLogger;
  /**
   * Brings a one-way call whose caller has been answered to the next owner, when this node had to give the object
   * away before the call's turn came.
   */
  readonly passOn: (call: ObjectCall) => Promise<unknown>;
}

/** One living object, as `ListObjects` shows it. */
export interface ObjectInfo {
  readonly type: string;
  readonly id: string;
  /** Epoch milliseconds. */
  readonly creationTime: number;
}

/** How late a deadline is noticed. */
const DEADLINE_SLOT_MS = 10;

/** How long a caller should wait before it tries a full node again. */
const RETRY_AFTER_MS = 1_000;

/** The objects that live in this process: finds or begins the activation of an id and gives it its calls. */
export class ObjectCatalog implements CallTarget, ActivationListener {
  private readonly activations = new ActivationIndex();
  private readonly idle: IdleCollector;
  private readonly requests: RequestFactory;
  private readonly runtime: TurnRuntime;
  /** Turn ids of this catalog begin with it. */
  private readonly start = uniqueId();
  private turns = 0;
  private births = 0;
  /** Shards that are being given away, one set per `release` that has not ended. */
  private readonly releases = new Set<ReadonlySet<number>>();
  private stopped = false;

  constructor(private readonly parts: ObjectCatalogParts) {
    const { clock, codec, logger, ownership } = parts;
    this.runtime = {
      clock,
      codec,
      logger,
      watch: new TurnWatch(ownership),
      deadlines: new TimeWheel<Expirable>(clock, 'now', DEADLINE_SLOT_MS, (turn) => turn.expire()),
      newTurnId: (method) => turnIdOf(this.start, ++this.turns, method),
      newActivationId: () => `${this.start}/${++this.births}`,
      assertMayRun: (placement) => ownership.assertMayRun(placement),
      passOn: (call, error) => this.passOn(call, error),
    };
    this.idle = new IdleCollector(clock);
    this.requests = new RequestFactory(this.runtime, parts.registry, parts.shards);
  }

  /** Living objects. */
  get size(): number {
    return this.activations.size;
  }

  list(): ObjectInfo[] {
    return [...this.activations].map(({ type, id, creationTime }) => ({ type, id, creationTime }));
  }

  execute(call: ObjectCall, signal: Cancellation): Promise<CallResult> {
    return promiseOf((outcome) => this.begin(call, signal, outcome));
  }

  begin(call: ObjectCall, signal: Cancellation, outcome: CallOutcome): void {
    let request: RequestTurn;
    try {
      if (this.stopped) throw goverseError('NOT_READY', `This node has stopped; ${call.objectId} was not called`);
      request = this.requests.make(call, signal, outcome, this.activations.get(call.objectId));
    } catch (error) {
      return outcome.failed(GoverseError.from(error));
    }
    this.admit(request);
    if (request instanceof CallTurn) request.acceptOneWay();
    request.watch();
  }

  /** The living object, for callers of this process. `type`: given apart from the id. */
  find(objectId: string, type: string | undefined): Activation | undefined {
    const found = this.activations.get(objectId);
    return found !== undefined && (type || found.impliedType) === found.type ? found : undefined;
  }

  /** True if a turn of the called object, running here, waits for this call: no other node could answer it. */
  reenters(call: ObjectCall): boolean {
    return call.chain.length > 0 && this.activations.get(call.objectId)?.isWaitedFor(call.chain) === true;
  }

  /**
   * Gives the objects of some shards away: no further turn starts there, waiting calls are refused with `NOT_OWNER`,
   * running turns finish, `onDeactivate(reason)`. Resolves when the last one is gone.
   * @param reason `moved`, or `shutdown` when no other node is there to take over
   * @param postponed ends the wait: the shards stay after all, and objects may be activated there again. Then it rejects
   *   with the signal's reason; objects whose last turn still runs leave when it ends
   */
  async release(
    shards: ReadonlySet<number>,
    reason: 'moved' | 'shutdown' = 'moved',
    postponed: AbortSignal = NEVER,
  ): Promise<void> {
    this.releases.add(shards);
    try {
      await unlessAborted(
        Promise.all(this.activations.inShards(shards).map((activation) => activation.leave(reason))),
        postponed,
      );
    } finally {
      this.releases.delete(shards);
    }
  }

  /**
   * The node may not run anything any more: signals are aborted, callers of running turns get `OUTCOME_UNKNOWN` at
   * once, waiting calls `FENCED`. Resolves when every turn has ended.
   */
  async fence(): Promise<void> {
    await Promise.all([...this.activations].map((activation) => activation.fence()));
  }

  /** The drain has lasted too long: signals are aborted, callers of running turns get `OUTCOME_UNKNOWN`. */
  abortRunning(): void {
    for (const activation of [...this.activations]) activation.abandonRunning();
  }

  /** Ends every object that is left, with the reason `shutdown`. Nothing is executed afterwards. */
  async shutdown(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.activations].map((activation) => activation.leave('shutdown')));
    this.idle.stop();
    this.runtime.deadlines.stop();
  }

  activated(activation: Activation): void {
    this.idle.watch(activation);
  }

  ended(activation: Activation, left: readonly RequestTurn[]): void {
    this.activations.delete(activation);
    for (const request of left) this.admit(request);
  }

  private admit(request: RequestTurn): void {
    try {
      const current = this.activations.get(request.call.objectId);
      if (current) this.deliver(request, current);
      else if (request instanceof DeleteTurn) request.gone();
      else this.activate(request);
    } catch (error) {
      request.fail(GoverseError.from(error));
    }
  }

  private deliver(request: RequestTurn, activation: Activation): void {
    const { definition, call } = request;
    // One that goes away may be followed by one of another type.
    if (activation.definition !== definition && !activation.goingAway) throw otherType(call, definition, activation);
    activation.accept(request);
  }

  private activate(request: RequestTurn): void {
    const { call, definition } = request;
    const parsed = parseObjectId(call.objectId, this.parts.shards, definition.type);
    const at = this.runtime.watch.moment();
    this.assertMayActivate(parsed);
    const activation = new Activation(
      this.runtime,
      this,
      definition,
      parsed,
      this.impliedType(call, parsed, definition),
    );
    if (request instanceof CreateTurn) request.created = true;
    activation.accept(request);
    this.activations.add(activation);
    activation.start(request, at);
  }

  private assertMayActivate({ id, placement }: ParsedObjectId): void {
    if (this.stopped) throw goverseError('NOT_READY', `This node has stopped; ${id} was not activated`);
    this.runtime.assertMayRun(placement);
    if ('shard' in placement && this.releases.size > 0 && this.isReleasing(placement.shard)) {
      throw goverseError('NOT_OWNER', `Shard ${placement.shard} of ${id} moves to another node; nothing was executed`);
    }
    const { maxActivations } = this.parts;
    if (this.activations.size < maxActivations) return;
    throw goverseError(
      'OVERLOADED',
      `This node has ${maxActivations} living objects (maxActivations); ${id} was not activated`,
      {
        details: { retryAfterMs: RETRY_AFTER_MS },
      },
    );
  }

  /** Type read from the id alone; that of the definition where it is the same, so that objects do not keep copies. */
  private impliedType({ type }: ObjectCall, { id }: ParsedObjectId, definition: ObjectDefinition): string {
    if (!type) return definition.type;
    try {
      const implied = parseObjectId(id, this.parts.shards).type;
      return implied === definition.type ? definition.type : implied;
    } catch {
      return '';
    }
  }

  private isReleasing(shard: number): boolean {
    return [...this.releases].some((shards) => shards.has(shard));
  }

  private passOn(call: ObjectCall, reason: GoverseError): void {
    void this.parts.passOn(call).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      this.parts.logger.warn(
        `The one-way call ${call.callId} of ${call.objectId}.${call.method} is lost (${reason.message}): ${why}`,
      );
    });
  }
}

function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  if (signal === NEVER) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function otherType(call: ObjectCall, wanted: ObjectDefinition, activation: Activation): GoverseError {
  const reason = call.verb === 'create' ? 'ALREADY_EXISTS' : 'TYPE_MISMATCH';
  return goverseError(
    reason,
    `${call.objectId} exists and is a ${activation.type}, not a ${wanted.type}; use another id`,
  );
}
