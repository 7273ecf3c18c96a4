import { callEvents, moment, turnEvents } from '../observability/index.js';
import { TurnLedger } from './turn-ledger.js';
import type { Violation } from './violation.js';

/** How long `verdict` waits for what still runs, in milliseconds. */
const PATIENCE_MS = 5_000;
const LOOK_AGAIN_MS = 10;

/**
 * Records every turn and every call of this process's nodes and gates from its start on, and says what was wrong:
 * turns of one object at once, turns without a lease, calls that were lost or ran twice.
 *
 * One-way calls are answered before they run: those that wait on a node that is killed are reported as `lost`.
 */
export class TurnRecorder {
  readonly ledger = new TurnLedger();
  private readonly silence: (() => void)[];

  private constructor() {
    this.silence = [
      turnEvents.listen((event) => this.ledger.take(event)),
      callEvents.listen((event) => this.ledger.takeCall(event, moment())),
    ];
  }

  static start(): TurnRecorder {
    return new TurnRecorder();
  }

  /** Waits until the turns of answered calls have ended, at most `patienceMs`, and tells everything that was wrong so far. */
  async verdict(patienceMs = PATIENCE_MS): Promise<readonly Violation[]> {
    const until = performance.now() + patienceMs;
    while (this.ledger.calls.unproven > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    this.ledger.judgeTurns();
    this.ledger.calls.judge();
    return this.ledger.violations;
  }

  /** Records nothing more. */
  stop(): void {
    for (const silence of this.silence.splice(0)) silence();
  }
}
