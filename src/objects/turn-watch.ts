import type { Placement } from '../core/index.js';
import type { TurnFacts } from '../observability/index.js';
import { moment, turnEvents } from '../observability/index.js';
import type { Lease, Ownership } from './ownership.js';

/** What the turn itself knows of it. */
export type OwnFacts = Omit<TurnFacts, 'node' | 'epoch'>;

/** Tells whoever listens of the turns of a node; does nothing while nobody listens. */
export class TurnWatch {
  constructor(private readonly ownership: Pick<Ownership, 'tenancyOf'>) {}

  /**
   * To be taken before the check whether a turn may start: a process that is paused after the check has begun it in time.
   * Undefined while nobody listens.
   */
  moment(): number | undefined {
    return turnEvents.watched ? moment() : undefined;
  }

  /** A turn begins, and there is a moment for it. */
  started(at: number, placement: Placement, facts: OwnFacts): WatchedTurn {
    const { node, epoch, lease } = this.ownership.tenancyOf(placement);
    const turn = new WatchedTurn({ ...facts, node, epoch }, lease);
    turn.tell('start', at);
    return turn;
  }
}

/** A turn somebody listened to when it began. */
export class WatchedTurn {
  constructor(
    private readonly facts: TurnFacts,
    private readonly lease: Lease | undefined,
  ) {}

  tell(phase: 'start' | 'end', at = moment()): void {
    const leaseUntil = this.lease ? moment() + Math.round(this.lease.leftMs() * 1_000) : 0;
    turnEvents.publish({ phase, at, leaseUntil, turn: this.facts });
  }
}
