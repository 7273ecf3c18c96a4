import type { SeededRandom } from '../support/seeded-random.js';
import type { GateAddresses, Line, OpenLine } from './line.js';

/** Milliseconds between a registration and the next break, and of an absence; now and then a long one. */
const LONGEST_STAY_MS = 400;
const LONGEST_ABSENCE_MS = 60;
const LONG_ABSENCE_MS = 1_000;

/** Before another gate is tried. */
const NEXT_GATE_MS = 30;

/** A client that breaks off at random moments and comes back; it knows which push has to come next. */
export class SoakClient {
  clientId = '';
  /** The number that has to come next; so many have come. */
  next = 0;
  breaks = 0;
  /** Times it went on at another gate. */
  moves = 0;
  lost = 0;
  twice = 0;
  /** Returns that were not resumed, and pushes with a number that was not the next one. */
  gaps = 0;
  misnumbered = 0;
  /** The same for what a gate took along that was killed: returns, and pushes that were missing then. */
  gapsOfKills = 0;
  lostWithGates = 0;
  private gateKilled = false;
  private afterKill = false;
  private token = '';
  /** Pushes that have come since numbers began at 1. */
  private received = 0;
  private gate: number;
  private registeredAt = -1;
  private line: Line | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private firstTime!: () => void;
  /** Resolves when it has registered for the first time. */
  readonly registered = new Promise<void>((resolve) => (this.firstTime = resolve));

  constructor(
    private readonly openLine: OpenLine,
    private readonly gates: readonly GateAddresses[],
    private readonly random: SeededRandom,
  ) {
    this.gate = random.below(gates.length);
  }

  start(): void {
    const line: Line = this.openLine(
      this.gates[this.gate]!,
      { token: this.token, received: this.received },
      {
        registered: (clientId, token, resumed) => line === this.line && this.enter(clientId, token, resumed),
        pushed: (n, pushSeq) => line === this.line && this.take(n, pushSeq),
        ended: () => line === this.line && this.goElsewhere(),
      },
    );
    this.line = line;
  }

  /** It was told that pushes are gone, and none has come since. */
  get hasGap(): boolean {
    return this.afterKill;
  }

  /** It has been at this gate last, or is on its way there. */
  isAt(gate: number): boolean {
    return this.registeredAt === gate || this.gate === gate;
  }

  /** A gate has been killed: what it had of this client is gone. */
  killed(gate: number): void {
    if (this.isAt(gate)) this.gateKilled = true;
  }

  stop(): void {
    this.stopped = true;
    this.leave();
  }

  private enter(clientId: string, token: string, resumed: boolean): void {
    const first = this.clientId === '';
    if (!first && (!resumed || clientId !== this.clientId)) {
      if (this.gateKilled && clientId === this.clientId) this.gapsOfKills++;
      else this.gaps++;
      this.afterKill = this.gateKilled;
    }
    this.gateKilled = false;
    // Numbers begin at 1 again.
    if (!resumed) this.received = 0;
    if (!first && this.registeredAt !== this.gate) this.moves++;
    this.clientId = clientId;
    this.token = token;
    this.registeredAt = this.gate;
    if (first) this.firstTime();
    this.timer = setTimeout(() => this.breakOff(), this.random.below(LONGEST_STAY_MS));
  }

  private take(n: number, pushSeq: number | undefined): void {
    this.received++;
    if (pushSeq !== undefined && pushSeq !== this.received) this.misnumbered++;
    if (n < this.next) this.twice++;
    else {
      if (this.afterKill) this.lostWithGates += n - this.next;
      else this.lost += n - this.next;
      this.afterKill = false;
      this.next = n + 1;
    }
  }

  private breakOff(): void {
    this.breaks++;
    const longest = this.random.chance(0.05) ? LONG_ABSENCE_MS : LONGEST_ABSENCE_MS;
    this.comeBack(this.random.below(longest));
  }

  /** The gate goes, has gone, or is not there yet. */
  private goElsewhere(): void {
    this.gate = (this.gate + 1) % this.gates.length;
    this.comeBack(NEXT_GATE_MS);
  }

  private comeBack(afterMs: number): void {
    this.leave();
    if (!this.stopped) this.timer = setTimeout(() => this.start(), afterMs);
  }

  private leave(): void {
    clearTimeout(this.timer);
    const { line } = this;
    this.line = undefined;
    line?.cut();
  }
}
