import { CallBook } from './call-book.js';
import { moment } from './moment.js';
import { ObjectHistory } from './object-history.js';
import type { RecordedProcess, RecordedTurn } from './recorded-turn.js';

/** Turns older than this are judged while the run goes on; longer than any pause of a process and any delay of a line. */
const HORIZON_US = 60_000_000;
/** When nothing stands still, lines are no later than this. */
const SETTLED_US = 500_000;

/** All that was recorded in a run, and what is wrong with it. */
export class Ledger {
  readonly violations: string[] = [];
  readonly calls = new CallBook((message) => this.violations.push(message));
  turns = 0;
  private readonly histories = new Map<string, ObjectHistory>();
  private readonly processes = new Map<number, RecordedProcess>();
  private readonly outlived: RecordedTurn[] = [];

  processOf(pid: number): RecordedProcess {
    let found = this.processes.get(pid);
    if (!found) {
      found = { pid, pauses: [], lastStart: 0, deactivated: 0, fenced: 0 };
      this.processes.set(pid, found);
    }
    return found;
  }

  started(turn: RecordedTurn): void {
    this.turns += 1;
    const { process, start } = turn;
    process.lastStart = Math.max(process.lastStart, start);
    const woken = process.pauses.at(-1);
    if (woken?.to !== undefined && woken.caught === undefined && start >= woken.to) woken.caught = turn;
    this.calls.started(turn);
    this.historyOf(turn.object).add(turn);
  }

  ended(turn: RecordedTurn, end: number): void {
    turn.end = end;
    this.calls.ended(turn);
  }

  /** Judges the turns of a scenario that is over: every call has ended, and no process stands still. */
  judgeSettled(): void {
    this.judgeTurns(moment() - SETTLED_US);
  }

  /** Judges what is old enough; keeps the memory of long runs in bounds. */
  judgeOld(): void {
    this.judgeTurns(moment() - HORIZON_US);
  }

  /** Judges everything; nothing may run any more. */
  judgeAll(): void {
    this.judgeTurns(Infinity);
    this.calls.judge();
    for (const turn of this.outlived) {
      if (turn.callId !== undefined && this.calls.outcomeOf(turn.callId) === 'acknowledged') {
        this.violations.push(`call ${turn.callId} on ${turn.object} was answered by a turn that outlived its lease`);
      }
    }
  }

  /** Turns that outlived their lease in a pause. */
  get outlivedTurns(): number {
    return new Set(this.outlived).size;
  }

  private judgeTurns(horizon: number): void {
    for (const history of this.histories.values()) history.judge(horizon);
  }

  private historyOf(object: string): ObjectHistory {
    let history = this.histories.get(object);
    if (!history) {
      history = new ObjectHistory({
        violated: (message) => this.violations.push(message),
        outlived: (turn) => this.outlived.push(turn),
      });
      this.histories.set(object, history);
    }
    return history;
  }
}
