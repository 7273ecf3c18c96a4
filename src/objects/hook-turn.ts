import { CallContext, LazySignal, type CallContextFacts, type GoverseError, type ObjectCall } from '../core/index.js';
import type { TurnRuntime } from './turn-runtime.js';

/** A turn that no caller waits for: the constructor and `onActivate`, `onDeactivate`, a tick of a timer. */
export class HookTurn {
  readonly id: string;
  private readonly context: CallContext;
  private readonly work = new LazySignal();

  /** @param cause the request that led to it: its client, user and chain (of those who wait for it) are the hook's */
  constructor(runtime: TurnRuntime, objectId: string, method: string, cause?: ObjectCall) {
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

  run<T>(work: () => T): T {
    return CallContext.run(this.context, work);
  }

  abort(reason: GoverseError): void {
    this.work.abort(reason);
  }
}
