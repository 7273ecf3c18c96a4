import { CallContext, LazySignal, type CallContextFacts, type GoverseError, type ObjectCall } from '../core/index.js';
import type { TurnHome } from './request-turn.js';
import type { TurnRuntime } from './turn-runtime.js';
import type { WatchedTurn } from './turn-watch.js';

/** A turn that no caller waits for: the constructor and `onActivate`, `onDeactivate`, a tick of a timer. */
export class HookTurn {
  readonly id: string;
  private readonly context: CallContext;
  private readonly work = new LazySignal();
  private watched: WatchedTurn | undefined;

  /** @param cause the request that led to it: its client, user and chain (of those who wait for it) are the hook's */
  constructor(
    private readonly runtime: TurnRuntime,
    objectId: string,
    private readonly method: string,
    private readonly cause?: ObjectCall,
  ) {
    this.id = runtime.newTurnId(method);
    const { work } = this;
    const facts: CallContextFacts = {
      objectId,
      method,
      callId: cause?.callId ?? this.id,
      clientId: cause?.clientId,
      caller: cause?.caller,
      isFromClient: cause?.verb === 'create' && cause.isFromClient,
      // Nobody waits for a hook alone; calls it makes have their own time.
      deadline: Infinity,
      chain: [...(cause?.chain ?? []), { objectId, turnId: this.id }],
      cancellation: work,
      get signal() {
        return work.signal;
      },
    };
    this.context = new CallContext(facts);
  }

  /** Tells those who watch that it begins; `at` as `TurnWatch` gave it. */
  watch(at: number | undefined, home: TurnHome, kind: 'activate' | 'deactivate' | 'timer', reason?: string): void {
    if (at === undefined) return;
    this.watched = this.runtime.watch.started(at, home.parsed.placement, {
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
    this.work.abort(reason);
  }
}
