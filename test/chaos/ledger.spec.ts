import { beforeEach, describe, expect, it } from 'vitest';
import { Ledger } from './ledger.js';
import type { RecordedTurn } from './recorded-turn.js';

let ledger: Ledger;

beforeEach(() => {
  ledger = new Ledger();
});

interface TurnFacts {
  pid: number;
  activation: string;
  start: number;
  end: number;
  callId?: number;
}

function run({ pid, activation, start, end, callId }: TurnFacts): RecordedTurn {
  const process = ledger.processOf(pid);
  const turn = { process, kind: 'call', callId, object: 'Cell-1', activation, start, end: undefined };
  ledger.started(turn);
  ledger.ended(turn, end);
  return turn;
}

function pausedUntil(pid: number, from: number, to: number): void {
  ledger.processOf(pid).pauses.push({ from, to, caught: undefined });
}

function verdict(): string {
  ledger.judgeAll();
  return ledger.violations.join('\n');
}

function acknowledged(): number {
  const id = ledger.calls.open();
  ledger.calls.close(id, 'acknowledged');
  return id;
}

describe('Ledger', () => {
  it('is content with turns one after the other, from one activation to the next', () => {
    run({ pid: 1, activation: 'a', start: 0, end: 5, callId: acknowledged() });
    run({ pid: 1, activation: 'a', start: 5, end: 9, callId: acknowledged() });
    run({ pid: 2, activation: 'b', start: 9, end: 10, callId: acknowledged() });
    expect(verdict()).toBe('');
  });

  it('finds turns of one object at once', () => {
    run({ pid: 1, activation: 'a', start: 0, end: 5 });
    run({ pid: 2, activation: 'b', start: 4, end: 6 });
    expect(verdict()).toContain('two turns of one object at once');
  });

  it('finds turns of one activation at once', () => {
    run({ pid: 1, activation: 'a', start: 0, end: 5 });
    run({ pid: 1, activation: 'a', start: 4, end: 6 });
    expect(verdict()).toContain('two turns of one object at once');
  });

  it('finds a turn of an activation that had been succeeded, also without an overlap', () => {
    run({ pid: 1, activation: 'a', start: 0, end: 1 });
    run({ pid: 2, activation: 'b', start: 2, end: 3 });
    run({ pid: 1, activation: 'a', start: 4, end: 5 });
    expect(verdict()).toContain('an activation that had been succeeded');
  });

  it('allows a turn to outlive its lease in a pause, if its caller got no answer', () => {
    pausedUntil(1, 2, 8);
    const id = ledger.calls.open();
    ledger.calls.close(id, 'failed');
    run({ pid: 1, activation: 'a', start: 0, end: 9, callId: id });
    run({ pid: 2, activation: 'b', start: 5, end: 6 });
    expect(verdict()).toBe('');
    expect(ledger.outlivedTurns).toBe(1);
  });

  it('finds an answer of a turn that outlived its lease', () => {
    pausedUntil(1, 2, 8);
    run({ pid: 1, activation: 'a', start: 0, end: 9, callId: acknowledged() });
    run({ pid: 2, activation: 'b', start: 5, end: 6 });
    expect(verdict()).toContain('was answered by a turn that outlived its lease');
  });

  it('finds the second turn that begins after a pause', () => {
    run({ pid: 1, activation: 'a', start: 0, end: 1 });
    pausedUntil(1, 2, 8);
    run({ pid: 2, activation: 'b', start: 5, end: 6 });
    run({ pid: 1, activation: 'a', start: 9, end: 10 });
    run({ pid: 1, activation: 'a', start: 11, end: 12 });
    expect(verdict().split('\n')).toEqual([expect.stringContaining('[11, 12]')]);
  });

  it('finds answered calls that nobody or more than one executed', () => {
    acknowledged();
    const twice = acknowledged();
    run({ pid: 1, activation: 'a', start: 0, end: 1, callId: twice });
    run({ pid: 1, activation: 'a', start: 2, end: 3, callId: twice });
    expect(verdict()).toContain('never executed');
    expect(verdict()).toContain('was executed 2 times');
  });

  it('finds calls that ran although they were refused as not executed, before or after', () => {
    for (const early of [true, false]) {
      const id = ledger.calls.open();
      if (early) ledger.calls.close(id, 'refused');
      run({ pid: 1, activation: 'a', start: 0, end: 0, callId: id });
      if (!early) ledger.calls.close(id, 'refused');
    }
    expect(ledger.violations).toHaveLength(2);
  });

  it('finds calls that never ended', () => {
    ledger.calls.open();
    expect(verdict()).toContain('never ended for its caller');
  });
});
