import type { CallEvent, TurnEvent } from '../observability/index.js';
import { CallBook } from './call-book.js';
import { ObjectHistory } from './object-history.js';
import type { RecordedTurn } from './recorded-turn.js';
import { describeTurn } from './recorded-turn.js';
import type { Violation, ViolationKind } from './violation.js';

/**
 * Takes the runtime events of nodes and gates, in whatever processes of one machine they are, and finds what must not
 * be: see `ViolationKind`. A process that sends its events elsewhere sends them as they are: they are plain JSON.
 */
export class TurnLedger {
  /** In the order in which they were found. */
  readonly violations: Violation[] = [];
  readonly calls = new CallBook((kind, message) => this.violated(kind, message));
  /** Turns that have begun. */
  turns = 0;
  private readonly histories = new Map<string, ObjectHistory>();
  private readonly running = new Map<string, RecordedTurn>();
  private readonly outlived = new Set<RecordedTurn>();
  /** Turns that outlived the lease of their node and ran beside their successor; allowed, if no client got their answer. */
  outlivedTurns = 0;

  /** Turns that have not ended. */
  get runningTurns(): number {
    return this.running.size;
  }

  take({ phase, at, leaseUntil, turn: facts }: TurnEvent): void {
    if (phase === 'start')
      return this.started({ ...facts, ids: [], start: at, mayStartUntil: leaseUntil, leaseUntil, end: undefined });
    const turn = this.running.get(facts.turnId);
    if (!turn) return;
    turn.leaseUntil = leaseUntil;
    this.ended(turn, at);
  }

  takeCall({ callId, verb, outcome, isFromClient }: CallEvent, at = 0): void {
    // Only calls of methods have turns of their own.
    if (verb === 'call') this.calls.close(callId, outcome, isFromClient, at);
  }

  /** A running turn is the execution of what its caller calls `id`. */
  identify(turnId: string, id: string): void {
    const turn = this.running.get(turnId);
    if (!turn) return;
    turn.ids.push(id);
    this.calls.started(id, turn);
  }

  /** A process is gone: what ran in it ended at this moment at the latest. */
  gone(turnIds: Iterable<string>, at: number): void {
    for (const id of turnIds) {
      const turn = this.running.get(id);
      if (!turn) continue;
      turn.end = at;
      this.running.delete(id);
    }
  }

  /** Judges the turns that began before `horizon`, by the clock of the events: all that began before must be known. */
  judgeTurns(horizon = Infinity): void {
    for (const history of this.histories.values()) history.judge(horizon);
    for (const turn of this.outlived) {
      const answered = turn.ids.find((id) => this.calls.reachedClient(id));
      if (answered === undefined) continue;
      this.outlived.delete(turn);
      this.violated(
        'late-answer',
        `call ${answered} was answered by a turn that outlived its lease: ${describeTurn(turn)}`,
      );
    }
  }

  /** Judges everything; to be called when nothing runs any more. */
  judgeAll(): void {
    this.judgeTurns();
    for (const history of this.histories.values()) history.close();
    this.calls.judge();
  }

  private started(turn: RecordedTurn): void {
    this.turns += 1;
    this.running.set(turn.turnId, turn);
    if (turn.kind === 'call' && turn.callId !== undefined) this.identify(turn.turnId, turn.callId);
    this.historyOf(turn.objectId).add(turn);
  }

  private ended(turn: RecordedTurn, at: number): void {
    turn.end = at;
    this.running.delete(turn.turnId);
    for (const id of turn.ids) this.calls.ended(id, at);
  }

  private historyOf(object: string): ObjectHistory {
    let history = this.histories.get(object);
    if (!history) {
      history = new ObjectHistory({
        violated: (kind, message) => this.violated(kind, message),
        outlived: (turn) => {
          if (!this.outlived.has(turn)) this.outlivedTurns += 1;
          this.outlived.add(turn);
        },
      });
      this.histories.set(object, history);
    }
    return history;
  }

  private violated(kind: ViolationKind, message: string): void {
    this.violations.push({ kind, message });
  }
}
