import { beforeEach, describe, expect, it } from 'vitest';
import type { TurnFacts } from '../observability/index.js';
import { TurnLedger } from './turn-ledger.js';

const LEASE = 1_000;

let ledger: TurnLedger;
let turns = 0;
let calls = 0;

beforeEach(() => {
  ledger = new TurnLedger();
});

interface Facts extends Partial<TurnFacts> {
  activation: string;
  start: number;
  /** Undefined: it never ends. */
  end: number | undefined;
  /** Until when the lease lasts, as known at the end. */
  leaseUntil?: number;
  mayStartUntil?: number;
}

function run({ start, end, leaseUntil = LEASE, mayStartUntil = leaseUntil, ...facts }: Facts): TurnFacts {
  const turn: TurnFacts = {
    turnId: `turn-${++turns}`,
    kind: 'call',
    objectId: 'Cell-1',
    type: 'Cell',
    method: 'Work',
    callId: undefined,
    node: `node-of-${facts.activation}`,
    epoch: undefined,
    mode: 'exclusive',
    idempotent: false,
    reason: undefined,
    ...facts,
  };
  ledger.take({ phase: 'start', at: start, leaseUntil: mayStartUntil, turn });
  if (end !== undefined) ledger.take({ phase: 'end', at: end, leaseUntil, turn });
  return turn;
}

function call(outcome?: 'answered' | 'refused' | 'failed', fromClient = true): string {
  const id = `call-${++calls}`;
  ledger.calls.open(id);
  if (outcome) ledger.calls.close(id, outcome, fromClient);
  return id;
}

function kinds(): string[] {
  ledger.judgeAll();
  return ledger.violations.map(({ kind }) => kind);
}

describe('TurnLedger', () => {
  it('is content with turns one after the other, from one activation to the next', () => {
    run({ activation: 'a', start: 0, end: 5, callId: call('answered') });
    run({ activation: 'a', start: 5, end: 9, callId: call('answered') });
    run({ activation: 'b', start: 9, end: 10, callId: call('answered') });
    expect(kinds()).toEqual([]);
  });

  it('finds turns of one object at once, in two activations or in one', () => {
    run({ activation: 'a', start: 0, end: 5 });
    run({ activation: 'b', start: 4, end: 6 });
    run({ activation: 'c', objectId: 'Cell-2', start: 0, end: 5 });
    run({ activation: 'c', objectId: 'Cell-2', start: 4, end: 6 });
    expect(kinds()).toEqual(['overlap', 'overlap']);
    expect(ledger.violations[0]?.message).toContain('Cell-1.Work on node-of-a, activation a [0, 5]');
  });

  it('lets turns of one activation run together that may', () => {
    run({ activation: 'a', start: 0, end: 5, mode: 'readOnly' });
    run({ activation: 'a', start: 1, end: 6, mode: 'readOnly' });
    run({ activation: 'a', start: 7, end: 9 });
    run({ activation: 'a', start: 8, end: 9, mode: 'nested' });
    expect(kinds()).toEqual([]);
    run({ activation: 'a', start: 10, end: 12, mode: 'readOnly' });
    run({ activation: 'a', start: 11, end: 12 });
    expect(kinds()).toEqual(['overlap']);
  });

  it('finds a turn of an activation or an epoch that had been succeeded, also without an overlap', () => {
    run({ activation: 'a', start: 0, end: 1, epoch: { generation: 1, revision: 9 } });
    run({ activation: 'b', start: 2, end: 3, epoch: { generation: 2, revision: 3 } });
    run({ activation: 'a', start: 4, end: 5, epoch: { generation: 2, revision: 3 } });
    run({ activation: 'c', start: 6, end: 7, epoch: { generation: 1, revision: 12 } });
    expect(kinds()).toEqual(['stale', 'stale']);
    expect(ledger.violations[1]?.message).toContain('of an epoch');
  });

  it('finds a turn that begins after the lease of its node, or without one', () => {
    run({ activation: 'a', start: LEASE, end: LEASE });
    run({ activation: 'a', start: LEASE + 1, end: LEASE + 2 });
    run({ activation: 'a', start: LEASE + 3, end: LEASE + 4, mayStartUntil: 0 });
    expect(kinds()).toEqual(['no-lease', 'no-lease']);
    expect(ledger.violations[0]?.message).toContain('1 us after the lease');
    expect(ledger.violations[1]?.message).toContain('without any lease');
  });

  it('allows a turn to outlive its lease, if no client got its answer', () => {
    run({ activation: 'a', start: 0, end: 9, leaseUntil: 4, callId: call('failed') });
    run({ activation: 'b', start: 5, end: 6 });
    expect(kinds()).toEqual([]);
    expect(ledger.outlivedTurns).toBe(1);
  });

  it('finds a successor that did not wait for the end of the lease', () => {
    run({ activation: 'a', start: 0, end: 9, leaseUntil: 6 });
    run({ activation: 'b', start: 5, end: 6 });
    expect(kinds()).toEqual(['overlap']);
  });

  it('waits for the end of a turn before it judges its overlap, and takes one without an end for one', () => {
    const turn = run({ activation: 'a', start: 0, end: undefined, mayStartUntil: 4 });
    run({ activation: 'b', start: 5, end: 6 });
    ledger.judgeTurns();
    expect(ledger.violations).toEqual([]);
    ledger.take({ phase: 'end', at: 9, leaseUntil: 4, turn });
    run({ activation: 'c', objectId: 'Cell-2', start: 0, end: undefined });
    run({ activation: 'd', objectId: 'Cell-2', start: 5, end: 6 });
    expect(kinds()).toEqual(['overlap']);
    expect(ledger.violations[0]?.message).toContain('Cell-2');
  });

  it('takes the end of a process for the end of its turns', () => {
    const { turnId } = run({ activation: 'a', start: 0, end: undefined });
    ledger.gone([turnId], 4);
    run({ activation: 'b', start: 5, end: 6 });
    expect(kinds()).toEqual([]);
  });

  it('finds an answer of a turn that outlived its lease, by whatever id the client knows it', () => {
    const turn = run({ activation: 'a', start: 0, end: undefined, callId: call('failed') });
    ledger.identify(turn.turnId, call('answered'));
    run({ activation: 'b', start: 5, end: 6 });
    ledger.take({ phase: 'end', at: 9, leaseUntil: 4, turn });
    expect(kinds()).toEqual(['late-answer']);
  });

  it('lets the hook of a fenced activation run late', () => {
    run({ activation: 'a', start: 0, end: 1 });
    run({ activation: 'b', start: 2, end: 9 });
    run({ activation: 'a', start: 5, end: 6, kind: 'deactivate', reason: 'fenced', mayStartUntil: 0 });
    expect(kinds()).toEqual([]);
    run({ activation: 'a', start: 10, end: 11, kind: 'deactivate', reason: 'moved' });
    expect(kinds()).toEqual(['stale']);
  });

  it('finds answered calls that nobody or more than one executed', () => {
    call('answered');
    const twice = call('answered');
    run({ activation: 'a', start: 0, end: 1, callId: twice });
    run({ activation: 'a', start: 2, end: 3, callId: twice });
    const again = call('answered');
    run({ activation: 'a', start: 4, end: 5, callId: again, idempotent: true });
    run({ activation: 'a', start: 6, end: 7, callId: again, idempotent: true });
    const unended = call('answered');
    run({ activation: 'a', start: 8, end: undefined, callId: unended });
    expect(kinds()).toEqual(['duplicate', 'lost', 'lost']);
  });

  it('finds calls that ran although they were refused as not executed, before or after', () => {
    run({ activation: 'a', start: 0, end: 0, callId: call('refused') });
    const late = call();
    run({ activation: 'a', start: 1, end: 1, callId: late });
    ledger.calls.close(late, 'refused', true);
    expect(kinds()).toEqual(['ran-although-refused', 'ran-although-refused']);
  });

  it('finds calls that never ended for their caller', () => {
    call();
    expect(kinds()).toEqual(['unanswered']);
  });

  it('forgets what is settled, and only that', () => {
    const settled = call('answered');
    run({ activation: 'a', start: 1, end: 2, callId: settled });
    const open = call('answered');
    ledger.calls.forget(10);
    expect(ledger.calls.size).toBe(1);
    expect(kinds()).toEqual(['lost']);
    expect(ledger.violations[0]?.message).toContain(open);
  });
});
