import { describe, expect, it } from 'vitest';
import { LocalObjects } from '../../test/support/local-objects.js';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { settled } from '../../test/support/settled.js';
import { GoverseError } from '../core/index.js';
import { GoverseObject, Method } from '../decorators/index.js';
import type { ObjectContext } from './object-context.js';

const SHARDS = 4;
const IDS = ['shard#0/Cell-a', 'shard#1/Cell-b', 'shard#2/Cell-c', 'shard#2/Cell-d'];
/** Nothing may have run when a call ends with one of these. */
const NOT_EXECUTED = ['NOT_OWNER', 'FENCED', 'OVERLOADED', 'CALL_CYCLE'];

type Mode = 'write' | 'read' | 'beside';

interface Request {
  readonly n: number;
  readonly mode: Mode;
  readonly hops: number;
  readonly nested?: { readonly id: string; readonly request: Request };
  readonly soon?: boolean;
}

/** Watches every turn and every activation, and remembers what must never happen. */
class Checker {
  readonly violations: string[] = [];
  readonly executed = new Map<number, number>();
  readonly order = new Map<string, number[]>();
  private readonly living = new Map<string, number>();
  private readonly running = new Map<string, { writers: number; readers: number }>();

  constructor(readonly random: SeededRandom) {}

  born(id: string): void {
    this.living.set(id, (this.living.get(id) ?? 0) + 1);
    if (this.living.get(id) !== 1) this.violations.push(`${id} lives twice`);
  }

  died(id: string): void {
    this.living.set(id, (this.living.get(id) ?? 0) - 1);
    const { writers, readers } = this.turns(id);
    if (writers + readers > 0) this.violations.push(`${id} died with turns running`);
  }

  begin(id: string, { n, mode }: Request): void {
    this.executed.set(n, (this.executed.get(n) ?? 0) + 1);
    if (this.living.get(id) !== 1) this.violations.push(`${n} ran on ${id}, which does not live`);
    const turns = this.turns(id);
    if (mode === 'write') {
      turns.writers += 1;
      this.order.set(id, [...(this.order.get(id) ?? []), n]);
    } else if (mode === 'read') turns.readers += 1;
    if (turns.writers > 1 || (turns.writers > 0 && turns.readers > 0)) this.violations.push(`${n} overlaps on ${id}`);
  }

  end(id: string, { mode }: Request): void {
    const turns = this.turns(id);
    if (mode === 'write') turns.writers -= 1;
    else if (mode === 'read') turns.readers -= 1;
  }

  private turns(id: string): { writers: number; readers: number } {
    const found = this.running.get(id) ?? { writers: 0, readers: 0 };
    this.running.set(id, found);
    return found;
  }
}

@GoverseObject({ mailboxLimit: 8 })
class Cell {
  constructor(
    readonly self: ObjectContext,
    readonly objects: LocalObjects,
    readonly checker: Checker,
  ) {
    if (checker.random.chance(0.05)) throw new Error('constructor');
    checker.born(self.id);
  }

  async onActivate(): Promise<void> {
    await hops(this.checker.random.below(3));
    if (!this.checker.random.chance(0.05)) return;
    this.checker.died(this.self.id);
    throw new Error('onActivate');
  }

  async onDeactivate(): Promise<void> {
    await hops(this.checker.random.below(3));
    this.checker.died(this.self.id);
    if (this.checker.random.chance(0.1)) throw new Error('onDeactivate');
  }

  @Method() write(request: unknown): Promise<void> {
    return this.run(request as Request);
  }

  @Method({ readOnly: true }) read(request: unknown): Promise<void> {
    return this.run(request as Request);
  }

  @Method({ interleave: true }) beside(request: unknown): Promise<void> {
    return this.run(request as Request);
  }

  private async run(request: Request): Promise<void> {
    this.checker.begin(this.self.id, request);
    try {
      await hops(request.hops);
      if (request.soon) this.self.deactivateSoon();
      const { nested } = request;
      if (nested) await this.objects.call(nested.id, nested.request.mode, nested.request).catch(() => undefined);
    } finally {
      this.checker.end(this.self.id, request);
    }
  }
}

async function hops(count: number): Promise<void> {
  for (let hop = 0; hop < count; hop += 1) await (hop % 2 === 0 ? Promise.resolve() : settled());
}

class Schedule {
  readonly checker: Checker;
  readonly objects: LocalObjects;
  readonly outcomes = new Map<number, string>();
  readonly sent = new Map<string, number[]>();
  private readonly pending: Promise<unknown>[] = [];
  private next = 0;

  constructor(readonly random: SeededRandom) {
    this.checker = new Checker(random);
    this.objects = new LocalObjects([Cell], { world: this.checker, shards: SHARDS });
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      this.step();
      if (this.random.chance(0.4)) await hops(this.random.below(4));
    }
    await Promise.all(this.pending);
    await this.objects.catalog.shutdown();
  }

  private step(): void {
    const { random, objects } = this;
    const dice = random.fraction();
    if (dice < 0.86) return this.call();
    if (dice < 0.9) return this.wait(objects.delete(random.pick(IDS)));
    if (dice < 0.94) return this.wait(objects.create(random.pick(IDS)));
    if (dice < 0.985) return this.wait(objects.catalog.release(new Set([random.below(SHARDS)])));
    this.wait(objects.catalog.fence());
  }

  private call(): void {
    const { random } = this;
    const at = random.below(IDS.length);
    const id = IDS[at] as string;
    const request = this.request(2, at);
    const cancel = new AbortController();
    if (request.mode === 'write') this.sent.set(id, [...(this.sent.get(id) ?? []), request.n]);
    const done = this.objects.call(id, request.mode, request, { signal: cancel.signal }).then(
      () => this.outcomes.set(request.n, 'done'),
      (error: unknown) => this.outcomes.set(request.n, error instanceof GoverseError ? error.reason : String(error)),
    );
    this.pending.push(done);
    if (random.chance(0.05)) this.pending.push(hops(random.below(4)).then(() => cancel.abort()));
  }

  /** Nested calls go to the same object or later ones: two chains that wait for each other would wait for their deadlines. */
  private request(depth: number, at: number): Request {
    const { random } = this;
    this.next += 1;
    const n = this.next;
    const next = at + random.below(IDS.length - at);
    const nested =
      depth > 0 && random.chance(0.3) ? { id: IDS[next] as string, request: this.request(depth - 1, next) } : undefined;
    const mode = random.pick<Mode>(['write', 'write', 'read', 'beside']);
    return { n, mode, hops: random.below(5), soon: random.chance(0.03), ...(nested && { nested }) };
  }

  private wait(work: Promise<unknown>): void {
    this.pending.push(work.catch(() => undefined));
  }
}

const seeds = Array.from({ length: 25 }, (_, n) => Number(process.hrtime.bigint() % 1_000_000n) + n);

describe('random schedules of calls, deletions, moves and fences', () => {
  it.each(seeds)(
    'keep one activation and one turn at a time, in order, and answer every call (seed %i)',
    { timeout: 60_000 },
    async (seed) => {
      const schedule = new Schedule(new SeededRandom(seed));
      await schedule.run(400);
      const { checker, outcomes, objects, sent } = schedule;
      expect(checker.violations).toEqual([]);
      expect(objects.catalog.size).toBe(0);
      const twice = [...checker.executed].filter(([, times]) => times > 1);
      expect(twice).toEqual([]);
      for (const [n, outcome] of outcomes) {
        if (outcome === 'done') expect(checker.executed.get(n)).toBe(1);
        if (NOT_EXECUTED.includes(outcome)) expect(checker.executed.has(n)).toBe(false);
        expect(['done', 'METHOD_FAILED', 'CANCELLED', 'OUTCOME_UNKNOWN', ...NOT_EXECUTED]).toContain(outcome);
      }
      for (const [id, numbers] of sent) {
        const ran = (checker.order.get(id) ?? []).filter((n) => numbers.includes(n));
        expect(ran).toEqual(numbers.filter((n) => ran.includes(n)));
      }
    },
  );
});
