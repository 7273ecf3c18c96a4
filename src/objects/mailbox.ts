import { goverseError, type GoverseError } from '../core/index.js';
import { leavePlace, takePlace, type TurnPlace } from './turn-place.js';
import { TurnQueue, type Queueable } from './turn-queue.js';

/** What a turn may run beside: nothing, other read-only turns, anything. */
export type TurnMode = 'exclusive' | 'readOnly' | 'interleave';

/** One piece of work of an object, from its first statement until its promise settles. */
export interface MailboxTurn extends Queueable<MailboxTurn> {
  readonly id: string;
  readonly mode: TurnMode;
  /** Begins the turn; `ended(turn)` of the mailbox is to be called once when it has ended. */
  begin(mailbox: Mailbox): void;
  /** Nobody waits for its end any more. */
  abandon(error: GoverseError): void;
}

/** The object whose turns a mailbox gives. */
export interface MailboxOwner {
  readonly id: string;
  /** Turns that may wait. */
  readonly mailboxLimit: number;
  /** The last running turn has ended and none could start. */
  settled(): void;
}

/** How long a caller should wait before it tries a full mailbox again. */
const RETRY_AFTER_MS = 100;

/**
 * Gives an activation one turn at a time, in the order they arrived. Read-only turns run beside each other, but none
 * overtakes a waiting turn; interleaving turns run beside anything.
 *
 * Closed until `open()`: turns wait. After `close()` running turns finish, others wait for whoever empties the mailbox.
 */
export class Mailbox {
  /** Made when one has to wait for the first time. */
  private waiting: TurnQueue<MailboxTurn> | undefined = undefined;
  /** Turns called from within a running turn; they go first, and also while the mailbox closes. */
  private inner: TurnQueue<MailboxTurn> | undefined = undefined;
  /** The only running turn of most objects; it needs no id. */
  private only: TurnPlace | undefined = undefined;
  /** Those that run beside it, by id. */
  private beside: Map<string, MailboxTurn> | undefined = undefined;
  private writers = 0;
  private readers = 0;
  private isOpen = false;
  private pumping = false;

  constructor(private readonly owner: MailboxOwner) {}

  get waitingCount(): number {
    return (this.waiting?.size ?? 0) + (this.inner?.size ?? 0);
  }

  get runningCount(): number {
    return (this.only ? 1 : 0) + (this.beside?.size ?? 0);
  }

  get running(): Iterable<MailboxTurn> {
    return [...(this.only?.turn ? [this.only.turn] : []), ...(this.beside?.values() ?? [])];
  }

  get waitingTurns(): Iterable<MailboxTurn> {
    return this.waiting ?? [];
  }

  findRunning(turnId: string): MailboxTurn | undefined {
    const only = this.only?.turn;
    return only?.id === turnId ? only : this.beside?.get(turnId);
  }

  /** Begins the turn now or lets it wait its time. Throws `OVERLOADED` when too many wait. */
  enter(turn: MailboxTurn): void {
    if (this.mayStartNow(turn)) return this.start(turn);
    if ((this.waiting?.size ?? 0) >= this.owner.mailboxLimit) throw this.full();
    this.wait(turn);
  }

  /** Like `enter`, without the limit: for work the framework itself brings, at most one at a time. */
  enterUnlimited(turn: MailboxTurn): void {
    if (this.mayStartNow(turn)) this.start(turn);
    else this.wait(turn);
  }

  /** Begins a turn at once, inside a running one, whatever else waits or runs. */
  enterInside(turn: MailboxTurn): void {
    this.start(turn);
  }

  /** A turn that a running turn waits for: it waits only for turns it may not run beside, also while closing. */
  enterInner(turn: MailboxTurn): void {
    if (this.fits(turn.mode)) return this.start(turn);
    this.inner ??= new TurnQueue();
    this.inner.push(turn);
  }

  /** Lets waiting turns begin. */
  open(): void {
    this.isOpen = true;
    // Later ones only ever begin through `pump`, so interleaving turns behind a waiting one begin here.
    const { waiting } = this;
    if (waiting !== undefined && waiting.size > 1) this.beginAll(waiting);
    if (!this.isOpen) return;
    this.pump();
    // The first call of an object waits, most others do not.
    if (this.waiting?.size === 0) this.waiting = undefined;
  }

  /** No waiting turn begins any more. */
  close(): void {
    this.isOpen = false;
  }

  /** Takes a waiting turn out; false if it does not wait. */
  remove(turn: MailboxTurn): boolean {
    if (!this.waiting?.remove(turn) && !this.inner?.remove(turn)) return false;
    // The turns behind it may fit beside what runs.
    this.pump();
    return true;
  }

  /** Takes out everything that waits, in order. */
  drain(): MailboxTurn[] {
    const turns = [...(this.waiting ?? [])];
    for (const turn of turns) this.waiting?.remove(turn);
    return turns;
  }

  /** Takes out the turns that running turns wait for. */
  drainInner(): MailboxTurn[] {
    const turns = [...(this.inner ?? [])];
    for (const turn of turns) this.inner?.remove(turn);
    return turns;
  }

  /** A turn that began has ended. */
  ended(turn: MailboxTurn): void {
    if (turn === this.only?.turn) {
      leavePlace(this.only);
      this.only = undefined;
    } else if (!this.beside?.delete(turn.id)) return;
    if (turn.mode === 'exclusive') this.writers -= 1;
    else if (turn.mode === 'readOnly') this.readers -= 1;
    this.pump();
  }

  private beginAll(waiting: TurnQueue<MailboxTurn>): void {
    for (const turn of [...waiting]) {
      if (!this.isOpen) return;
      if (turn === waiting.head) this.startNext(waiting);
      else if (turn.mode === 'interleave' && waiting.remove(turn)) this.start(turn);
    }
  }

  private mayStartNow(turn: MailboxTurn): boolean {
    if (!this.isOpen) return false;
    return turn.mode === 'interleave' || (!this.waiting?.size && !this.inner?.size && this.fits(turn.mode));
  }

  private fits(mode: TurnMode): boolean {
    if (mode === 'interleave') return true;
    return this.writers === 0 && (mode === 'readOnly' || this.readers === 0);
  }

  private start(turn: MailboxTurn): void {
    if (this.only === undefined) this.only = takePlace(turn);
    else (this.beside ??= new Map<string, MailboxTurn>()).set(turn.id, turn);
    if (turn.mode === 'exclusive') this.writers += 1;
    else if (turn.mode === 'readOnly') this.readers += 1;
    turn.begin(this);
  }

  private pump(): void {
    // A turn that ends before it returns would otherwise nest one pump per waiting turn.
    if (this.pumping) return;
    if (this.waitingCount === 0) return this.settleIfEmpty();
    this.pumping = true;
    try {
      while (this.startNext(this.inner) || (this.isOpen && !this.inner?.size && this.startNext(this.waiting)));
    } finally {
      this.pumping = false;
    }
    this.settleIfEmpty();
  }

  private settleIfEmpty(): void {
    if (this.runningCount === 0) this.owner.settled();
  }

  private wait(turn: MailboxTurn): void {
    (this.waiting ??= new TurnQueue()).push(turn);
  }

  private startNext(queue: TurnQueue<MailboxTurn> | undefined): boolean {
    const turn = queue?.head;
    if (queue === undefined || turn === undefined || !this.fits(turn.mode)) return false;
    queue.remove(turn);
    this.start(turn);
    return true;
  }

  private full(): GoverseError {
    return goverseError(
      'OVERLOADED',
      `${this.owner.id} has ${this.owner.mailboxLimit} calls waiting; nothing was executed, try again later`,
      {
        details: { retryAfterMs: RETRY_AFTER_MS },
      },
    );
  }
}
