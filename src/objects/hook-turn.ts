import {
  CallContext,
  LazySignal,
  type CallContextFacts,
  type CallerIdentity,
  type Cancellation,
  type ChainLink,
  type GoverseError,
  type ObjectCall,
} from '../core/index.js';
import type { TurnHome } from './request-turn.js';
import type { TurnRuntime } from './turn-runtime.js';
import type { WatchedTurn } from './turn-watch.js';

const NOBODY: readonly ChainLink[] = Object.freeze([]);

/**
 * A turn that no caller waits for: the constructor and `onActivate`, `onDeactivate`, a tick of a timer. Every activation
 * has one and most of them ask for nothing, so what a `CallContext` shows is made when it is read.
 */
export class HookTurn implements CallContextFacts {
  /** Nobody waits for a hook alone; calls it makes have their own time. */
  readonly deadline = Infinity;
  private readonly context = new CallContext(this);
  private ownId: string | undefined;
  private ownChain: readonly ChainLink[] | undefined;
  private stop: LazySignal | undefined;
  private aborted: GoverseError | undefined;
  private watched: WatchedTurn | undefined;

  /**
   * @param cause the request that led to it: its client and user are the hook's
   * @param waiting the turns that wait for the hook
   */
  constructor(
    private readonly runtime: TurnRuntime,
    readonly objectId: string,
    readonly method: string,
    private readonly cause?: ObjectCall,
    private readonly waiting: readonly ChainLink[] = cause?.chain ?? NOBODY,
  ) {}

  get id(): string {
    return (this.ownId ??= this.runtime.newTurnId(this.method));
  }

  get callId(): string {
    return this.cause?.callId ?? this.id;
  }

  get clientId(): string | undefined {
    return this.cause?.clientId;
  }

  get caller(): CallerIdentity | undefined {
    return this.cause?.caller;
  }

  get isFromClient(): boolean {
    return this.cause?.verb === 'create' && this.cause.isFromClient;
  }

  get chain(): readonly ChainLink[] {
    return (this.ownChain ??= [...this.waiting, { objectId: this.objectId, turnId: this.id }]);
  }

  get cancellation(): Cancellation {
    return this.lazySignal;
  }

  get signal(): AbortSignal {
    return this.lazySignal.signal;
  }

  /** Tells those who watch that it begins; `at` as `TurnWatch` gave it. */
  watch(at: number | undefined, home: TurnHome, kind: 'activate' | 'deactivate' | 'timer', reason?: string): void {
    if (at === undefined) return;
    this.watched = this.runtime.watch.started(at, home.placement, {
      turnId: this.id,
      kind,
      objectId: home.id,
      type: home.type,
      method: this.method,
      callId: this.cause?.callId,
      activation: home.activationId,
      mode: 'exclusive',
      idempotent: false,
      reason,
    });
  }

  /** It is over. */
  ended(): void {
    this.watched?.tell('end');
  }

  run<T>(work: () => T): T {
    return CallContext.run(this.context, work);
  }

  abort(reason: GoverseError): void {
    this.aborted ??= reason;
    this.stop?.abort(reason);
  }

  private get lazySignal(): LazySignal {
    if (this.stop) return this.stop;
    this.stop = new LazySignal();
    if (this.aborted) this.stop.abort(this.aborted);
    return this.stop;
  }
}
