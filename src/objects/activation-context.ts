import { Logger } from '@nestjs/common';
import { LazySignal, goverseError, type GoverseError } from '../core/index.js';
import { ObjectContext, type ObjectTimer } from './object-context.js';
import type { ObjectTimers } from './object-timers.js';

/** What an activation does for its context. */
export interface ContextOwner {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly timers: ObjectTimers;
  deactivateSoon(): void;
}

/** The `ObjectContext` of one activation. */
export class ActivationContext extends ObjectContext {
  /** Made for those who ask; there may be a million of us. */
  private life: LazySignal | undefined;
  private ended = false;
  private ownLogger: Logger | undefined;

  constructor(private readonly owner: ContextOwner) {
    super();
  }

  get id(): string {
    return this.owner.id;
  }

  get type(): string {
    return this.owner.type;
  }

  get key(): string {
    return this.owner.key;
  }

  get signal(): AbortSignal {
    if (this.life === undefined) {
      this.life = new LazySignal();
      if (this.ended) this.life.abort(this.endError());
    }
    return this.life.signal;
  }

  get logger(): Logger {
    return (this.ownLogger ??= new Logger(this.id));
  }

  setTimer(callback: () => unknown, delayMs: number, everyMs?: number): ObjectTimer {
    return this.owner.timers.set(callback, delayMs, everyMs);
  }

  deactivateSoon(): void {
    this.owner.deactivateSoon();
  }

  /** The activation goes. */
  end(): void {
    this.ended = true;
    this.life?.abort(this.endError());
  }

  private endError(): GoverseError {
    return goverseError('CANCELLED', `The activation of ${this.id} has ended`);
  }
}
