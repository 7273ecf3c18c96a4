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

/** What runs in a context of its own. */
export interface TurnWork {
  work(): unknown;
}

const ambient = new AsyncLocalStorage<CallContext>();

/** The turn between `runTurn` and its first statement. */
let begun: TurnWork | undefined;

function runBegun(): unknown {
  const turn = begun;
  begun = undefined;
  return turn?.work();
}

/**
 * What a running turn knows of its call. Passed as the second parameter of a method, and ambient in everything
 * the turn awaits (`CallContext.current()`).
 */
export class CallContext {
  constructor(private readonly facts: CallContextFacts) {}

  /** The object whose turn this is. */
  get objectId(): string {
    return this.facts.objectId;
  }

  /** Wire name of the method; the hook or `timer` for turns that no call began. */
  get method(): string {
    return this.facts.method;
  }

  get callId(): string {
    return this.facts.callId;
  }

  /** The client at the start of the chain, if a client began it and had registered. */
  get clientId(): string | undefined {
    return this.facts.clientId;
  }

  /** The authenticated user at the start of the chain. */
  get caller(): CallerIdentity | undefined {
    return this.facts.caller;
  }

  /** Epoch milliseconds; nested calls inherit it. */
  get deadline(): number {
    return this.facts.deadline;
  }

  /** True only on the call that came from the gate itself. */
  get isFromClient(): boolean {
    return this.facts.isFromClient;
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
  static run<T>(context: CallContext, work: () => T): T {
    return ambient.run(context, work);
  }

  /** The same for the work of a turn, without a function made for it. */
  static runTurn(context: CallContext, turn: TurnWork): unknown {
    begun = turn;
    return ambient.run(context, runBegun);
  }

  /** Runs `work` outside of every context: for loops and timers of the framework. */
  static exit<T>(work: () => T): T {
    return ambient.exit(work);
  }
}
