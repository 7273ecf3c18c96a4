import type { RecordedTurn } from './recorded-turn.js';

/**
 * How a call ended for its caller: answered; refused, with the word that nothing ran (`retryable`); or failed otherwise.
 */
export type CallOutcome = 'open' | 'acknowledged' | 'refused' | 'failed';

interface CallFate {
  outcome: CallOutcome;
  starts: number;
  ends: number;
}

/** Every call of a run by its id: what its caller heard and how often it ran. */
export class CallBook {
  private readonly calls = new Map<number, CallFate>();
  private lastId = 0;
  private awaited = 0;

  constructor(private readonly violated: (message: string) => void) {}

  open(): number {
    const id = ++this.lastId;
    this.calls.set(id, { outcome: 'open', starts: 0, ends: 0 });
    return id;
  }

  /** Every call ever made. */
  get size(): number {
    return this.lastId;
  }

  /** Answered calls whose execution has not been recorded yet. */
  get unproven(): number {
    return this.awaited;
  }

  close(id: number, outcome: CallOutcome): void {
    this.change(id, (fate) => {
      fate.outcome = outcome;
      if (outcome === 'refused' && fate.starts > 0) this.violated(`call ${id} was refused as not executed, but it ran`);
    });
  }

  started({ callId, object, process }: RecordedTurn): void {
    if (callId === undefined) return;
    this.change(callId, (fate) => {
      fate.starts += 1;
      const where = `on ${object} in process ${process.pid}`;
      if (fate.starts > 1) this.violated(`call ${callId} was executed ${fate.starts} times, now ${where}`);
      if (fate.outcome === 'refused')
        this.violated(`call ${callId} was refused as not executed, and ran later ${where}`);
    });
  }

  ended({ callId }: RecordedTurn): void {
    if (callId !== undefined) this.change(callId, (fate) => void (fate.ends += 1));
  }

  outcomeOf(id: number): CallOutcome | undefined {
    return this.calls.get(id)?.outcome;
  }

  /** Reports every answered call that nobody executed, and forgets what is settled but for the count. */
  judge(): void {
    for (const [id, fate] of this.calls) {
      if (fate.outcome === 'acknowledged' && fate.ends === 0) {
        this.violated(`call ${id} was answered, but ${fate.starts === 0 ? 'never executed' : 'its turn never ended'}`);
      }
      if (fate.outcome === 'open') this.violated(`call ${id} never ended for its caller`);
    }
  }

  private change(id: number, edit: (fate: CallFate) => void): void {
    const fate = this.calls.get(id);
    if (!fate) return this.violated(`call ${id} was executed, but nobody made it`);
    const before = isUnproven(fate);
    edit(fate);
    this.awaited += Number(isUnproven(fate)) - Number(before);
  }
}

function isUnproven({ outcome, ends }: CallFate): boolean {
  return outcome === 'acknowledged' && ends === 0;
}
