import { KeyLayout } from '../../../src/cluster/key-layout.js';
import { compareEpochs } from '../../../src/cluster/shard-epoch.js';
import type { ShardEpoch } from '../../../src/cluster/shard-epoch.js';
import { encodeAssignment } from '../../../src/cluster/shard-list-codec.js';
import { SeededRandom } from '../seeded-random.js';
import { EtcdModel } from './etcd-model.js';
import type { Request } from './process-model.js';
import { PREFIX, ProcessModel, SHARDS, TTL_MS } from './process-model.js';

const keys = new KeyLayout(PREFIX);
const ADDRESSES = ['a:1', 'b:1', 'c:1'];
const HEALING_STEPS = 150;

/** What a schedule has seen, to show that it is not idle. */
export interface ScheduleReport {
  acquisitions: number;
  fences: number;
  lostAnswers: number;
}

/**
 * One random run of three processes over a modelled etcd: late watches, lost and late requests, pauses, crashes,
 * drains, wipes. Throws when two processes could run the same shard, when an epoch goes back, or when the cluster
 * does not recover once the faults stop.
 */
export class Schedule {
  readonly report: ScheduleReport = { acquisitions: 0, fences: 0, lostAnswers: 0 };
  private readonly random: SeededRandom;
  private readonly etcd = new EtcdModel();
  private readonly processes = new Map<string, ProcessModel>();
  private requests: Request[] = [];
  private readonly lastEpoch = new Map<number, ShardEpoch>();
  private wipedAt = -Infinity;

  constructor(private readonly seed: number) {
    this.random = new SeededRandom(seed);
    for (const address of ADDRESSES) this.boot(address);
  }

  run(steps: number): ScheduleReport {
    for (let i = 0; i < steps; i++) {
      this.act();
      this.check();
    }
    this.heal();
    return this.report;
  }

  private act(): void {
    const { random, etcd } = this;
    etcd.now += random.chance(0.01) ? random.below(TTL_MS) : random.below(25);
    // etcd ends leases late by itself.
    if (random.chance(0.8)) etcd.expire();
    const process = random.pick([...this.processes.values()]);
    const before = process.tenure;
    const dice = random.fraction();
    if (dice < 0.2) process.observe(random.chance(0.5) ? Infinity : 1 + random.below(3));
    else if (dice < 0.45) process.step();
    else if (dice < 0.52) process.startTurn(random.below(SHARDS));
    else if (dice < 0.6) process.endTurn(random.below(SHARDS));
    else if (dice < 0.93) for (let i = 0; i < 3; i++) this.network();
    else if (dice < 0.975) this.assignAtRandom();
    else this.disturb(process);
    if (before !== undefined && process.tenure === undefined) this.report.fences++;
  }

  /** Safety must not depend on what the leader plans, so now and then a leader plans nonsense. */
  private assignAtRandom(): void {
    const assignees = Array.from({ length: SHARDS }, () => this.random.pick(ADDRESSES));
    this.etcd.transact({ when: [], put: [{ key: keys.assignment, value: encodeAssignment(assignees) }] });
  }

  private network(): void {
    const { random } = this;
    if (this.requests.length === 0) return;
    // Mostly in order; some requests come late.
    const request = random.chance(0.7) ? this.requests[0]! : random.pick(this.requests);
    if (request.from.paused && request.applied !== undefined) return;
    const dice = random.fraction();
    if (request.applied === undefined && dice < 0.8) request.applied = { result: request.apply() };
    else if (request.applied === undefined && dice < 0.85) this.drop(request);
    else if (request.answered !== true) this.answer(request, dice < 0.95 ? request.applied?.result : undefined);
    if (request.applied !== undefined && request.answered === true) this.drop(request);
  }

  /** Lost on the way there: the sender hears nothing, and it never happens. */
  private drop(request: Request): void {
    this.requests = this.requests.filter((other) => other !== request);
    if (request.answered !== true) this.answer(request, undefined);
  }

  private answer(request: Request, result: unknown): void {
    request.answered = true;
    if (result === undefined) this.report.lostAnswers++;
    request.answer(result);
  }

  private disturb(process: ProcessModel): void {
    const dice = this.random.fraction();
    if (dice < 0.5 || process.paused) process.paused = !process.paused;
    else if (dice < 0.6) process.draining = true;
    else if (dice < 0.97) this.boot(process.address);
    else {
      this.etcd.wipe(this.random.below(2 * this.etcd.revision));
      this.wipedAt = this.etcd.now;
      // Whoever starts without memory around a wipe is outside of the guarantees (docs/guarantees.md).
      for (const each of this.processes.values()) each.keepOutWithoutMemory(this.wipedAt + TTL_MS);
    }
  }

  /** A crash and a new start. A process without memory right after a wipe is outside of the guarantees. */
  private boot(address: string): void {
    if (this.etcd.now < this.wipedAt + TTL_MS) return;
    const rate = 0.8 + this.random.fraction() * 0.4;
    const acquired = (shard: number, epoch: ShardEpoch): void => this.acquired(shard, epoch);
    this.processes.set(
      address,
      new ProcessModel(address, this.etcd, (request) => this.requests.push(request), acquired, rate),
    );
  }

  private acquired(shard: number, epoch: ShardEpoch): void {
    this.report.acquisitions++;
    const last = this.lastEpoch.get(shard);
    if (last !== undefined && compareEpochs(epoch, last) <= 0) this.fail(`the epoch of shard ${shard} went back`);
    this.lastEpoch.set(shard, epoch);
  }

  private check(): void {
    const processes = [...this.processes.values()];
    for (let shard = 0; shard < SHARDS; shard++) {
      const able = processes.filter((process) => process.mayRun(shard) || process.runs(shard));
      if (able.length > 1) this.fail(`shard ${shard} may run on ${able.map(({ address }) => address).join(' and ')}`);
    }
  }

  private heal(): void {
    this.etcd.now += TTL_MS;
    for (const { address, draining } of this.processes.values()) if (draining) this.boot(address);
    for (let i = 0; i < HEALING_STEPS; i++) {
      this.etcd.now += 50;
      this.etcd.expire();
      for (const process of this.processes.values()) {
        process.paused = false;
        for (let shard = 0; shard < SHARDS; shard++) process.endTurn(shard);
        process.observe(Infinity);
        process.step();
      }
      for (const request of [...this.requests]) {
        request.applied ??= { result: request.apply() };
        if (request.answered !== true) this.answer(request, request.applied.result);
        this.drop(request);
      }
      this.check();
    }
    const owners = Array.from({ length: SHARDS }, (_, shard) =>
      [...this.processes.values()].filter((p) => p.mayRun(shard)),
    );
    if (owners.some((list) => list.length !== 1)) this.fail('some shard has no owner after the faults have stopped');
    const counts = ADDRESSES.map((address) => owners.filter(([owner]) => owner?.address === address).length);
    if (Math.max(...counts) - Math.min(...counts) > 1)
      this.fail(`out of balance after the faults have stopped: ${counts.join(', ')}`);
  }

  private fail(message: string): never {
    throw new Error(`seed ${this.seed}, ${Math.round(this.etcd.now)} ms: ${message}`);
  }
}
