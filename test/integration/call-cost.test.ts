import { createHook } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { GoverseObject, Method } from 'nestjs-goverse';
import { MessageRegistry, PayloadCodec, systemClock } from '../../src/core/index.js';
import { ClusterGoverseService } from '../../src/routing/index.js';
import { LocalObjects } from '../support/local-objects.js';

const SHARDS = 64;
const CALLS = 100;

@GoverseObject()
class Counter {
  private sum = 0;

  @Method('Add')
  add(n: number): number {
    this.sum += n;
    return this.sum;
  }

  @Method('AddLater')
  async addLater(n: number): Promise<number> {
    this.sum += n;
    return this.sum;
  }
}

/** What Node.js makes while `work` runs, by the type of its async resources. */
function madeBy(work: () => void): Map<string, number> {
  const made = new Map<string, number>();
  const hook = createHook({ init: (_id, type) => made.set(type, (made.get(type) ?? 0) + 1) }).enable();
  try {
    work();
  } finally {
    hook.disable();
  }
  return made;
}

function service(): { goverse: ClusterGoverseService; objects: LocalObjects } {
  const objects = new LocalObjects([Counter], { shards: SHARDS });
  const goverse = new ClusterGoverseService(() => ({
    target: objects.catalog,
    codec: new PayloadCodec(MessageRegistry.load([])),
    clock: systemClock,
    shards: SHARDS,
    isLocal: () => true,
    isImmutable: () => false,
    isIdempotent: () => false,
    whenReady: () => Promise.resolve(),
  }));
  return { goverse, objects };
}

describe('a call to an object of the same process', () => {
  let calls: Promise<unknown>[] = [];

  afterEach(async () => {
    await Promise.all(calls);
    calls = [];
  });

  it('makes one promise, and no timer, when the method answers at once', async () => {
    const { goverse, objects } = service();
    await goverse.callObject('Counter-a', 'Add', 0);
    const made = madeBy(() => {
      for (let n = 0; n < CALLS; n++) calls.push(goverse.callObject('Counter-a', 'Add', 1));
    });
    expect(made.get('PROMISE')).toBe(CALLS);
    expect(made.get('Timeout')).toBeUndefined();
    expect(await calls[CALLS - 1]).toBe(CALLS);
    await objects.catalog.shutdown();
  });

  it('makes one timer at most for the deadlines of many calls', async () => {
    const { goverse, objects } = service();
    await goverse.callObject('Counter-a', 'Add', 0);
    const made = madeBy(() => {
      for (let n = 0; n < CALLS; n++) calls.push(goverse.callObject('Counter-a', 'AddLater', 1));
    });
    expect(made.get('Timeout') ?? 0).toBeLessThanOrEqual(1);
    expect(await calls[CALLS - 1]).toBe(CALLS);
    await objects.catalog.shutdown();
  });
});

/** Bytes that live on the heap, without garbage. */
function livingBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // A second time for what the first one has finalised.
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

describe('an idle object', () => {
  it('takes less than 640 bytes of the heap, with its id, its mailbox and its context', async () => {
    const { goverse, objects } = service();
    const make = async (name: string, count: number): Promise<void> => {
      for (let n = 0; n < count; n++) await goverse.callObject(`Counter-${name}-${n}`, 'Add', 1);
    };
    await make('warm-up', 2_000);
    const before = livingBytes();
    await make('idle', 20_000);
    const bytes = (livingBytes() - before) / 20_000;
    expect(bytes).toBeLessThan(640);
    await objects.catalog.shutdown();
  });
});
