import { describe, expect, it } from 'vitest';
import { IdSequence, randomFraction, uniqueId } from './unique-id.js';

describe('unique ids', () => {
  it('have 20 characters that need no escaping', () => {
    for (let i = 0; i < 100; i++) expect(uniqueId()).toMatch(/^[A-Za-z0-9_-]{20}$/);
  });

  it('do not repeat', () => {
    expect(new Set(Array.from({ length: 10_000 }, uniqueId)).size).toBe(10_000);
  });

  it('do not repeat in sequences either, nor in two of them', () => {
    const sequences = [new IdSequence(), new IdSequence()];
    const ids = sequences.flatMap((sequence) => Array.from({ length: 1_000 }, () => sequence.next()));
    expect(new Set(ids).size).toBe(2_000);
  });
});

describe('random fractions', () => {
  it('lie in [0, 1) and are spread', () => {
    const values = Array.from({ length: 1_000 }, randomFraction);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(values.some((value) => value < 0.2)).toBe(true);
    expect(values.some((value) => value > 0.8)).toBe(true);
  });
});
