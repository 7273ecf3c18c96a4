import type { TurnEpoch, TurnFacts } from '../observability/index.js';

/** One turn from its start to its end. Times are microseconds on the clock that all processes of the machine share. */
export interface RecordedTurn extends TurnFacts {
  /** Ids under which its caller knows the call: `callId`, and those a test gave it. */
  readonly ids: string[];
  readonly start: number;
  /** Until when the lease lasted, as known at the start. */
  readonly mayStartUntil: number;
  /** Until when the lease lasted, as known last. */
  leaseUntil: number;
  /** Undefined while it runs. */
  end: number | undefined;
}

/** The hook of an activation whose node lost its lease: it runs late by design, and nothing it does gets out. */
export function isFencedHook({ kind, reason }: TurnFacts): boolean {
  return kind === 'deactivate' && reason === 'fenced';
}

/** Whether turns of one activation may run at the same time. */
export function mayRunTogether(a: TurnFacts, b: TurnFacts): boolean {
  const modes = [a.mode, b.mode];
  if (modes.includes('interleave') || modes.includes('nested')) return true;
  return a.mode === 'readOnly' && b.mode === 'readOnly';
}

export function isOlder(a: TurnEpoch, b: TurnEpoch): boolean {
  return a.generation < b.generation || (a.generation === b.generation && a.revision < b.revision);
}

/** For messages. */
export function describeTurn(turn: RecordedTurn): string {
  const { objectId, method, callId, node, activation, start, end } = turn;
  return `${objectId}.${method}${callId ? ` (call ${callId})` : ''} on ${node}, activation ${activation} [${start}, ${end ?? 'running'}]`;
}
