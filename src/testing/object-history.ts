import type { TurnEpoch } from '../observability/index.js';
import type { RecordedTurn } from './recorded-turn.js';
import { describeTurn, isFencedHook, isOlder, mayRunTogether } from './recorded-turn.js';
import type { ViolationKind } from './violation.js';

export interface HistoryPort {
  violated(kind: ViolationKind, message: string): void;
  /** A turn that outlived its lease: no client may have got its answer. */
  outlived(turn: RecordedTurn): void;
}

/** The turns of one object: each with a lease, and all of one activation before the first of the next. */
export class ObjectHistory {
  private pending: RecordedTurn[] = [];
  /** Turns looked at that may overlap later ones. */
  private running: RecordedTurn[] = [];
  /** A turn that still runs, and the one of another activation that began meanwhile: its end tells what that means. */
  private undecided: [RecordedTurn, RecordedTurn][] = [];
  private activation: string | undefined;
  private epoch: TurnEpoch | undefined;
  private readonly retired = new Set<string>();

  constructor(private readonly port: HistoryPort) {}

  add(turn: RecordedTurn): void {
    this.pending.push(turn);
  }

  /** Looks at the turns that began before `horizon`; none that began before may be added later. */
  judge(horizon: number): void {
    const due = this.pending.filter(({ start }) => start < horizon).sort((a, b) => a.start - b.start);
    this.pending = this.pending.filter(({ start }) => start >= horizon);
    for (const turn of due) {
      // Their order among other turns means nothing.
      if (isFencedHook(turn)) continue;
      this.judgeLease(turn);
      this.judgeOverlap(turn);
      this.judgeSuccession(turn);
    }
    const { undecided } = this;
    this.undecided = [];
    for (const [older, younger] of undecided) this.judgePair(older, younger);
  }

  /** Nothing more will be recorded: a turn whose end is not known by now ran beside its successor. */
  close(): void {
    for (const [older, younger] of this.undecided.splice(0)) this.overlap(older, younger);
  }

  private judgeLease(turn: RecordedTurn): void {
    if (turn.kind === 'deactivate' || turn.start <= turn.mayStartUntil) return;
    const late = turn.mayStartUntil > 0 ? `${turn.start - turn.mayStartUntil} us after the lease` : 'without any lease';
    this.port.violated('no-lease', `a turn began ${late} of its node: ${describeTurn(turn)}`);
  }

  private judgeOverlap(turn: RecordedTurn): void {
    this.running = this.running.filter(({ end }) => end === undefined || end > turn.start);
    for (const other of this.running) this.judgePair(other, turn);
    this.running.push(turn);
  }

  private judgePair(older: RecordedTurn, younger: RecordedTurn): void {
    if (older.activation === younger.activation) {
      if (!mayRunTogether(older, younger)) this.overlap(older, younger);
    } else if (older.end === undefined) {
      this.undecided.push([older, younger]);
    } else if (older.end > younger.start) {
      if (older.leaseUntil <= younger.start) this.port.outlived(older);
      else this.overlap(older, younger);
    }
  }

  private judgeSuccession(turn: RecordedTurn): void {
    const { epoch, activation } = turn;
    if (epoch && this.epoch && isOlder(epoch, this.epoch)) {
      this.port.violated('stale', `a turn of an epoch that had been succeeded: ${describeTurn(turn)}`);
    } else if (epoch) {
      this.epoch = epoch;
    }
    if (activation === this.activation) return;
    if (this.retired.has(activation)) {
      const message = `a turn of an activation that had been succeeded: ${describeTurn(turn)} after ${this.activation}`;
      return this.port.violated('stale', message);
    }
    if (this.activation !== undefined) this.retired.add(this.activation);
    this.activation = activation;
  }

  private overlap(a: RecordedTurn, b: RecordedTurn): void {
    this.port.violated('overlap', `two turns of one object at once: ${describeTurn(a)} and ${describeTurn(b)}`);
  }
}
