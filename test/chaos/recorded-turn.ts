/** One execution, as its node told the recorder. Times are microseconds (moment.ts). */
export interface RecordedTurn {
  readonly process: RecordedProcess;
  readonly kind: string;
  /** Undefined for turns that no call began. */
  readonly callId: number | undefined;
  readonly object: string;
  readonly activation: string;
  readonly start: number;
  /** Undefined while it runs. */
  end: number | undefined;
}

/** While a process stood still. */
export interface Pause {
  readonly from: number;
  /** When it was told to go on; undefined while it stands. */
  to: number | undefined;
  /** The one turn that may have begun in the statement the pause interrupted. */
  caught: RecordedTurn | undefined;
}

/** A node process, as far as its turns are concerned. */
export interface RecordedProcess {
  readonly pid: number;
  readonly pauses: Pause[];
  lastStart: number;
  deactivated: number;
  fenced: number;
}

/** The pause that ended in the middle of this turn: it may outlive its lease, and then must have no effect any more. */
export function pauseWithin({ process, start, end = Infinity }: RecordedTurn): Pause | undefined {
  return process.pauses.find(({ to }) => to !== undefined && start < to && end >= to);
}
