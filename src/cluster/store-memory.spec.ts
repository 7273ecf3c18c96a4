import { describe, expect, it } from 'vitest';
import { StoreMemory } from './store-memory.js';

const QUIET_MS = 2_000;
const store = (id: string, generation = 1) => ({ id, generation, shards: 4, layout: 1 });

function knowing(id: string): StoreMemory {
  const memory = new StoreMemory(QUIET_MS);
  memory.saw(store(id, 7));
  return memory;
}

describe('StoreMemory', () => {
  it('lets a process without memory join at once', () => {
    const memory = new StoreMemory(QUIET_MS);
    expect([memory.waitFor('', 0), memory.waitFor('a', 1), memory.generation]).toEqual([0, 0, 0]);
  });

  it('lets a process join the store it knows at once', () => {
    expect(knowing('a').waitFor('a', 0)).toBe(0);
  });

  it('keeps away from an empty etcd for one lease time, and then takes the first store', () => {
    const memory = knowing('a');
    expect(memory.waitFor('', 100)).toBe(QUIET_MS);
    expect(memory.waitFor('', 1_100)).toBe(1_000);
    expect(memory.waitFor('b', 1_600)).toBe(500);
    expect(memory.waitFor('b', 2_100)).toBe(0);
    expect(memory.generation).toBe(7);
  });

  it('takes a store at once that appears after the wait', () => {
    const memory = knowing('a');
    memory.waitFor('', 0);
    expect(memory.waitFor('', QUIET_MS)).toBe(0);
    expect(memory.waitFor('b', QUIET_MS + 1)).toBe(0);
  });

  it('begins to wait anew when the content is wiped again', () => {
    const memory = knowing('a');
    memory.waitFor('b', 0);
    expect(memory.waitFor('', 1_500)).toBe(QUIET_MS);
    expect(memory.waitFor('c', 3_000)).toBe(500);
  });

  it('ends the wait when the store it knows is back', () => {
    const memory = knowing('a');
    memory.waitFor('', 0);
    expect(memory.waitFor('a', 10)).toBe(0);
    expect(memory.waitFor('b', 20)).toBe(QUIET_MS);
  });
});
