import { CallContext, goverseError, type GoverseError, type TimerHandle } from '../core/index.js';
import { HookTurn } from './hook-turn.js';
import type { Mailbox, MailboxTurn } from './mailbox.js';
import type { ObjectTimer } from './object-context.js';
import type { TurnHome } from './request-turn.js';
import { settle } from './settle.js';
import type { TurnQueue } from './turn-queue.js';
import type { TurnRuntime } from './turn-runtime.js';
import { traceOf } from './user-error.js';

/** A timer that fires earlier than this was cut, not merely imprecise. */
const CUT_SHORT_MS = 1_000;

/** The timers of one activation. */
export class ObjectTimers {
  private readonly timers = new Set<RunningTimer>();
  private stopped = false;

  constructor(
    private readonly runtime: TurnRuntime,
    private readonly home: TurnHome,
  ) {}

  set(callback: () => unknown, delayMs: number, everyMs?: number): ObjectTimer {
    assertDelay(this.home.id, 'delayMs', delayMs, delayMs >= 0);
    if (everyMs !== undefined) assertDelay(this.home.id, 'everyMs', everyMs, everyMs > 0);
    const timer = new RunningTimer(this.runtime, this.home, callback, everyMs, () => this.timers.delete(timer));
    if (this.stopped) return timer;
    this.timers.add(timer);
    timer.arm(delayMs);
    return timer;
  }

  /** No further tick begins. */
  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) timer.cancel();
  }
}

class RunningTimer implements ObjectTimer {
  private handle: TimerHandle;
  private cancelled = false;
  private nextAt = 0;

  constructor(
    private readonly runtime: TurnRuntime,
    private readonly home: TurnHome,
    private readonly callback: () => unknown,
    private readonly everyMs: number | undefined,
    private readonly over: () => void,
  ) {}

  arm(delayMs: number): void {
    this.nextAt = this.runtime.clock.monotonic() + delayMs;
    this.schedule(delayMs);
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.runtime.clock.clearTimeout(this.handle);
    this.over();
  }

  private schedule(delayMs: number): void {
    // The timer outlives the turn that set it.
    this.handle = CallContext.exit(() => this.runtime.clock.setTimeout(() => this.tick(), delayMs));
  }

  private tick(): void {
    if (this.cancelled) return;
    // The clock cuts delays of more than 24 days.
    const left = this.nextAt - this.runtime.clock.monotonic();
    if (left > CUT_SHORT_MS) return this.schedule(left);
    const turn = new TimerTurn(
      this.runtime,
      this.home,
      () => (this.cancelled ? undefined : this.callback()),
      () => this.ticked(),
    );
    this.home.mailbox.enterUnlimited(turn);
  }

  private ticked(): void {
    if (this.cancelled) return;
    if (this.everyMs === undefined) return this.cancel();
    const now = this.runtime.clock.monotonic();
    // Ticks that should have begun meanwhile are left out.
    const missed = Math.max(0, Math.floor((now - this.nextAt) / this.everyMs));
    this.nextAt += (missed + 1) * this.everyMs;
    this.schedule(this.nextAt - now);
  }
}

class TimerTurn implements MailboxTurn {
  queue?: TurnQueue<never> | undefined;
  previous?: MailboxTurn | undefined;
  next?: MailboxTurn | undefined;
  readonly mode = 'exclusive';
  private readonly hook: HookTurn;

  constructor(
    private readonly runtime: TurnRuntime,
    private readonly home: TurnHome,
    private readonly work: () => unknown,
    private readonly over: () => void,
  ) {
    this.hook = new HookTurn(runtime, home.id, 'timer');
  }

  get id(): string {
    return this.hook.id;
  }

  begin(mailbox: Mailbox): void {
    const { hook, home, runtime } = this;
    const end = (): void => {
      hook.ended();
      mailbox.ended(this);
      this.over();
    };
    const at = runtime.watch.moment();
    try {
      home.assertMayRun();
    } catch {
      // The object is about to leave; a timer has nobody to tell.
      return end();
    }
    hook.watch(at, home, 'timer');
    settle(
      () => hook.run(this.work),
      end,
      (error) => {
        runtime.logger.error(`A timer of ${home.id} failed: ${traceOf(error)}`);
        end();
      },
    );
  }

  abandon(reason: GoverseError): void {
    this.hook.abort(reason);
  }
}

function assertDelay(objectId: string, name: string, value: number, valid: boolean): void {
  if (valid && Number.isFinite(value)) return;
  throw goverseError(
    'INVALID_ARGUMENT',
    `setTimer of ${objectId}: ${name} is ${value}; it must be a number of milliseconds`,
  );
}
