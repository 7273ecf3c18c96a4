import type { MailboxTurn } from './mailbox.js';

/**
 * Where a running turn stands. Objects are old and turns are young: V8 notes each old object a young one is written into
 * and visits it at its next collection, which with a million objects costs more than the calls do. So mailboxes get one of
 * few places that go round, and only those are written into.
 */
export interface TurnPlace {
  turn: MailboxTurn | undefined;
}

/** Places that are kept for later, more than ever run at a time on most nodes. */
const MOST_FREE = 1_024;

const free: TurnPlace[] = [];

export function takePlace(turn: MailboxTurn): TurnPlace {
  const place = free.pop();
  if (place === undefined) return { turn };
  place.turn = turn;
  return place;
}

/** The turn has ended; nobody may keep its place. */
export function leavePlace(place: TurnPlace): void {
  place.turn = undefined;
  if (free.length < MOST_FREE) free.push(place);
}
