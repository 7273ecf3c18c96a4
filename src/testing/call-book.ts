import type { CallEvent } from '../observability/index.js';
import type { RecordedTurn } from './recorded-turn.js';
import { describeTurn } from './recorded-turn.js';
import type { ViolationKind } from './violation.js';

/** How a call ended for its caller. */
export type CallOutcome = CallEvent['outcome'];

interface CallFate {
  /** Somebody waits for its end. */
  open: boolean;
  outcome: CallOutcome | undefined;
  /** The caller is a client. */
  fromClient: boolean;
  starts: number;
  ends: number;
  idempotent: boolean;
  /** When it was last heard of. */
  at: number;
}

/** Every call by its id: what its caller heard and how often it ran. */
export class CallBook {
  private readonly calls = new Map<string, CallFate>();
  private awaited = 0;

  constructor(private readonly violated: (kind: ViolationKind, message: string) => void) {}

  /** Calls that are known. */
  get size(): number {
    return this.calls.size;
  }

  /** Answered calls whose execution has not been recorded yet. */
  get unproven(): number {
    return this.awaited;
  }

  /** A call is made that has to end. */
  open(id: string): void {
    this.change(id, 0, (fate) => void (fate.open = true));
  }

  /** It has ended for its caller. */
  close(id: string, outcome: CallOutcome, fromClient: boolean, at = 0): void {
    this.change(id, at, (fate) => {
      fate.open = false;
      fate.fromClient ||= fromClient;
      fate.outcome = outcome;
      if (outcome === 'refused' && fate.starts > 0)
        this.violated('ran-although-refused', `call ${id} was refused as not executed, but it ran`);
    });
  }

  started(id: string, turn: RecordedTurn): void {
    this.change(id, turn.start, (fate) => {
      fate.starts += 1;
      fate.idempotent ||= turn.idempotent;
      if (fate.starts > 1 && !fate.idempotent)
        this.violated('duplicate', `call ${id} was executed ${fate.starts} times, now ${describeTurn(turn)}`);
      if (fate.outcome === 'refused' && !fate.idempotent)
        this.violated(
          'ran-although-refused',
          `call ${id} was refused as not executed, and ran later ${describeTurn(turn)}`,
        );
    });
  }

  ended(id: string, at = 0): void {
    this.change(id, at, (fate) => void (fate.ends += 1));
  }

  /** A client got its answer. */
  reachedClient(id: string): boolean {
    const fate = this.calls.get(id);
    return fate?.outcome === 'answered' && fate.fromClient;
  }

  /** Forgets the calls that are settled and have not been heard of since; a repetition of them goes unnoticed. */
  forget(before: number): void {
    for (const [id, fate] of this.calls) {
      if (fate.outcome && fate.at > 0 && fate.at < before && !isUnproven(fate)) this.calls.delete(id);
    }
  }

  /** Reports every answered call that nobody executed, and every one that has not ended; each once. */
  judge(): void {
    for (const [id, fate] of this.calls) {
      if (isUnproven(fate)) {
        this.violated(
          'lost',
          `call ${id} was answered, but ${fate.starts === 0 ? 'never executed' : 'its turn never ended'}`,
        );
        this.calls.delete(id);
        this.awaited -= 1;
      } else if (fate.open) {
        this.violated('unanswered', `call ${id} never ended for its caller`);
        fate.open = false;
      }
    }
  }

  private change(id: string, at: number, edit: (fate: CallFate) => void): void {
    let fate = this.calls.get(id);
    if (!fate) {
      fate = { open: false, outcome: undefined, fromClient: false, starts: 0, ends: 0, idempotent: false, at };
      this.calls.set(id, fate);
    }
    const before = isUnproven(fate);
    fate.at = Math.max(fate.at, at);
    edit(fate);
    this.awaited += Number(isUnproven(fate)) - Number(before);
  }
}

function isUnproven({ outcome, ends }: CallFate): boolean {
  return outcome === 'answered' && ends === 0;
}
