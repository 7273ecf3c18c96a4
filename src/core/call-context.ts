import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cancellation } from './cancellation.js';
import type { CallerIdentity, ChainLink } from './object-call.js';

export interface CallContextFacts {
  readonly objectId: string;
  readonly method: string;
  readonly callId: string;
  readonly clientId?: string | undefined;
  readonly caller?: CallerIdentity | undefined;
  readonly deadline: number;
  readonly isFromClient: boolean;
  /** Read when somebody asks for it. */
  readonly signal: AbortSignal;
  /** The same without an AbortSignal of its own, for calls the framework makes. Default: `signal`. */
  readonly cancellation?: Cancellation | undefined;
  /** Read when somebody asks for it. */
  readonly chain: readonly ChainLink[];
}

const ambient = new AsyncLocalStorage<CallContext>();

/**
 * What a running turn knows of its call. Passed as the second parameter of a method, and ambient in everything
 * the turn awaits (`CallContext.current()`).
 */
export class CallContext {
  /** The object whose turn this is. */
  readonly objectId: string;
  /** Wire name of the method; the hook or `timer` for turns that no call began. */
  readonly method: string;
  readonly callId: string;
  /** The client at the start of the chain, if a client began it and had registered. */
  readonly clientId: string | undefined;
  /** The authenticated user at the start of the chain. */
  readonly caller: CallerIdentity | undefined;
  /** Epoch milliseconds; nested calls inherit it. */
  readonly deadline: number;
  /** True only on the call that came from the gate itself. */
  readonly isFromClient: boolean;

  constructor(private readonly facts: CallContextFacts) {
    this.objectId = facts.objectId;
    this.method = facts.method;
    this.callId = facts.callId;
    this.clientId = facts.clientId;
    this.caller = facts.caller;
    this.deadline = facts.deadline;
    this.isFromClient = facts.isFromClient;
  }

  /** The turns that wait for calls made in this context, this one included, outermost first. */
  get chain(): readonly ChainLink[] {
    return this.facts.chain;
  }

  /** Aborted when the caller gives up, the deadline passes or the activation is forced to end. Made when it is first read. */
  get signal(): AbortSignal {
    return this.facts.signal;
  }

  /** What cancels calls made in this context; costs less than `signal`. */
  get cancellation(): Cancellation {
    return this.facts.cancellation ?? this.facts.signal;
  }

  /** The context of the turn this code runs in, also after `await`s; undefined outside of turns. */
  static current(): CallContext | undefined {
    return ambient.getStore();
  }

  /** Runs `work` (and all it awaits) in `context`. */
  static run<A extends unknown[], T>(context: CallContext, work: (...args: A) => T, ...args: A): T {
    return ambient.run(context, work, ...args);
  }

  /** Runs `work` outside of every context: for loops and timers of the framework. */
  static exit<T>(work: () => T): T {
    return ambient.exit(work);
  }
}
