import type { RecordedTurn } from './recorded-turn.js';
import { pauseWithin } from './recorded-turn.js';

export interface HistoryPort {
  violated(message: string): void;
  /** A turn that outlived its lease in a pause: its caller must not have got an answer. */
  outlived(turn: RecordedTurn): void;
}

/** The turns of one object: one at a time, and all of one activation before the first of the next. */
export class ObjectHistory {
  private pending: RecordedTurn[] = [];
  /** Turns looked at that may overlap later ones. */
  private running: RecordedTurn[] = [];
  private activation: string | undefined;
  private readonly retired = new Set<string>();

  constructor(private readonly port: HistoryPort) {}

  add(turn: RecordedTurn): void {
    this.pending.push(turn);
  }

  /** Looks at the turns that began before `horizon`; none that began before may be added later. */
  judge(horizon: number): void {
    const due = this.pending.filter(({ start }) => start < horizon).sort((a, b) => a.start - b.start);
    if (due.length === 0) return;
    this.pending = this.pending.filter(({ start }) => start >= horizon);
    for (const turn of due) {
      this.judgeOverlap(turn);
      this.judgeActivation(turn);
    }
  }

  private judgeOverlap(turn: RecordedTurn): void {
    this.running = this.running.filter(({ end }) => end === undefined || end > turn.start);
    for (const other of this.running) {
      if (other.activation !== turn.activation && pauseWithin(other)) this.port.outlived(other);
      else this.port.violated(`two turns of one object at once: ${describe(other)} and ${describe(turn)}`);
    }
    this.running.push(turn);
  }

  private judgeActivation(turn: RecordedTurn): void {
    if (turn.activation === this.activation) return;
    if (this.retired.has(turn.activation)) {
      // Checked, interrupted, and begun on waking up, in one statement: nothing can tell that apart from a turn before.
      if (turn.process.pauses.some(({ caught }) => caught === turn)) return this.port.outlived(turn);
      return this.port.violated(
        `a turn of an activation that had been succeeded: ${describe(turn)} after ${this.activation}`,
      );
    }
    if (this.activation !== undefined) this.retired.add(this.activation);
    this.activation = turn.activation;
  }
}

function describe({ object, activation, kind, callId, start, end }: RecordedTurn): string {
  return `${object} ${kind} ${callId ?? ''} of activation ${activation} [${start}, ${end ?? 'running'}]`;
}
