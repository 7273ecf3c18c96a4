import { GoverseClient, GoverseError } from '../../src/client/index.js';
import type { SeededRandom } from '../support/seeded-random.js';
import type { CallBook } from '../../src/testing/index.js';
import type { CallEvent } from '../../src/observability/index.js';
import { CallStatistics } from './call-statistics.js';

export interface LoadOptions {
  readonly gateUrls: readonly string[];
  readonly callsPerSecond: number;
  readonly random: SeededRandom;
  readonly calls: CallBook;
}

/** Enough that no connection reaches its limit of open requests while a cluster recovers. */
const CLIENTS = 16;
const CELLS = 150;
const COURIERS = 40;
const COURIER_PART = 0.2;
const RETIRING_PART = 0.003;
const TICK_MS = 10;
const CALL_TIMEOUT_MS = 30_000;
const VISIT_ATTEMPTS = 40;
/** Calls that may wait at a time; more would only measure this process. */
const MOST_IN_FLIGHT = 12_000;

/** Clients that call cells, some of them through couriers, at a steady rate. */
export class Load {
  statistics = new CallStatistics();
  private readonly clients: GoverseClient[];
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private begun = 0;
  private inFlight = 0;
  private lastId = 0;
  private idle: (() => void)[] = [];

  private constructor(
    private readonly options: LoadOptions,
    clients: GoverseClient[],
  ) {
    this.clients = clients;
  }

  static async open(options: LoadOptions): Promise<Load> {
    const { gateUrls } = options;
    const clients = Array.from({ length: CLIENTS }, (_, n) => {
      const first = n % gateUrls.length;
      return GoverseClient.connect([...gateUrls.slice(first), ...gateUrls.slice(0, first)]);
    });
    return new Load(options, await Promise.all(clients));
  }

  /** Calls that wait for their end. */
  get waiting(): number {
    return this.inFlight;
  }

  /** Calls so far, visits included. */
  get made(): number {
    return this.lastId;
  }

  start(): void {
    this.statistics = new CallStatistics();
    this.startedAt = performance.now();
    this.begun = 0;
    this.timer = setInterval(() => this.catchUp(), TICK_MS);
  }

  /** Begins nothing more; resolves when every call has ended. */
  async settle(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.inFlight > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** Calls every object until each has answered; rejects naming one that does not. */
  async visitAll(): Promise<void> {
    await Promise.all(cellIds().map((cell) => this.visit(cell)));
  }

  /** Lets every cell run a turn of this length; resolves when the calls have ended in whatever way. */
  async occupyAll(ms: number): Promise<void> {
    await Promise.all(cellIds().map((cell) => this.work(cell, ms)));
  }

  /** Lets one cell run a turn of this length; resolves when the call has ended in whatever way. */
  async occupy(cell: string, ms: number): Promise<void> {
    await this.work(cell, ms);
  }

  async close(): Promise<void> {
    await this.settle();
    await Promise.all(this.clients.map((client) => client.close()));
  }

  private async visit(cell: string): Promise<void> {
    for (let attempt = 0; attempt < VISIT_ATTEMPTS; attempt++) {
      if (await this.work(cell, 0)) return;
    }
    throw new Error(`${cell} did not answer any of ${VISIT_ATTEMPTS} calls`);
  }

  private catchUp(): void {
    const due = Math.floor(((performance.now() - this.startedAt) / 1_000) * this.options.callsPerSecond);
    for (; this.begun < due; this.begun++) if (this.inFlight < MOST_IN_FLIGHT) void this.callSomething();
  }

  private callSomething(): Promise<boolean> {
    const { random } = this.options;
    const cell = `Cell-${random.below(CELLS)}`;
    const ms = this.duration();
    return random.chance(COURIER_PART)
      ? this.deliver(`Courier-${random.below(COURIERS)}`, cell, ms)
      : this.work(cell, ms);
  }

  private duration(): number {
    const { random } = this.options;
    const kind = random.fraction();
    if (kind < 0.7) return 0;
    if (kind < 0.95) return 1 + random.below(10);
    return kind < 0.99 ? 20 + random.below(30) : 200;
  }

  private work(cell: string, ms: number): Promise<boolean> {
    const { calls, random } = this.options;
    const id = this.newCall();
    const retire = random.chance(RETIRING_PART);
    return this.call(cell, 'Work', { id, ms, retire }, ms, (outcome) => calls.close(id, outcome, true));
  }

  private deliver(courier: string, cell: string, ms: number): Promise<boolean> {
    const { calls } = this.options;
    const [id, inner] = [this.newCall(), this.newCall()];
    return this.call(courier, 'Deliver', { id, cell, work: { id: inner, ms } }, ms, (outcome, error) => {
      // The courier's own turn ran, if only to be told that the cell's did not.
      const told = error?.reason.startsWith('CELL_') === true;
      calls.close(id, told ? 'failed' : outcome, true);
      const refused = told && (error?.details as { retryable?: boolean } | undefined)?.retryable === true;
      calls.close(inner, refused ? 'refused' : outcome, true);
    });
  }

  private newCall(): string {
    const id = `work-${++this.lastId}`;
    this.options.calls.open(id);
    return id;
  }

  private async call(
    object: string,
    method: string,
    argument: object,
    turnMs: number,
    ended: (outcome: CallEvent['outcome'], error?: GoverseError) => void,
  ): Promise<boolean> {
    const { statistics } = this;
    const client = this.options.random.pick(this.clients);
    const since = performance.now();
    this.inFlight += 1;
    try {
      await client.callObject(object, method, argument, { timeoutMs: CALL_TIMEOUT_MS });
      statistics.answer(performance.now() - since, turnMs);
      ended('answered');
      return true;
    } catch (cause) {
      const error = GoverseError.from(cause);
      statistics.fail(error.reason, error.message, performance.now() - since);
      ended(error.retryable ? 'refused' : 'failed', error);
      return false;
    } finally {
      this.inFlight -= 1;
      if (this.inFlight === 0) for (const wake of this.idle.splice(0)) wake();
    }
  }
}

export function cellIds(): string[] {
  return Array.from({ length: CELLS }, (_, n) => `Cell-${n}`);
}
