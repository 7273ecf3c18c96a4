import { compareEpochs } from '../../../src/cluster/shard-epoch.js';
import type { ShardEpoch } from '../../../src/cluster/shard-epoch.js';
import { decodeAssignment, encodeAssignment } from '../../../src/cluster/shard-list-codec.js';
import { SeededRandom } from '../seeded-random.js';
import { EtcdModel } from './etcd-model.js';
import { ModelNetwork } from './model-network.js';
import type { Mutation } from './mutation.js';
import { keys } from './mutation.js';
import { ProcessModel, SHARDS, TTL_MS } from './process-model.js';
import type { Profile } from './profile.js';
import { randomProfile } from './profile.js';

const ADDRESSES = ['a:1', 'b:1', 'c:1'];
const STEPS = 260;
const HEALING_ROUNDS = 150;

/** What schedules have seen, to show that they are not idle. */
export interface ScheduleReport {
  acquisitions: number;
  fences: number;
  lostAnswers: number;
  wipes: number;
}

/**
 * One random run of three processes over a modelled etcd: late and repeated watch events, lost and late requests, pauses,
 * crashes, drains, postponed releases, a wipe. Throws when two processes could run the same shard, when an epoch goes
 * back, or when the cluster does not recover and balance itself once the faults stop.
 */
export class Schedule {
  private readonly report = { acquisitions: 0, fences: 0, wipes: 0 };
  private readonly random: SeededRandom;
  private readonly profile: Profile;
  private readonly etcd = new EtcdModel();
  private readonly network: ModelNetwork;
  private readonly processes: ProcessModel[];
  private readonly lastEpoch = new Map<number, ShardEpoch>();
  private wipedAt = -Infinity;

  constructor(
    private readonly seed: number,
    private readonly mutation?: Mutation,
  ) {
    this.random = new SeededRandom(seed);
    this.profile = randomProfile(this.random, STEPS, ADDRESSES.length);
    this.network = new ModelNetwork(this.etcd, this.random, this.profile.loss, TTL_MS);
    this.processes = ADDRESSES.map((address) => this.newProcess(address));
  }

  run(): ScheduleReport {
    // Most of a schedule shall be spent on what happens after the start.
    if (this.random.chance(0.7)) this.healUntil(() => this.isHealed());
    for (let step = 0; step < STEPS; step++) {
      if (step === this.profile.wipeAt) this.wipe();
      this.act();
      this.check();
    }
    this.heal();
    return { ...this.report, lostAnswers: this.network.lostAnswers };
  }

  private act(): void {
    const { random, etcd } = this;
    etcd.now += random.chance(this.profile.leap) ? random.below(TTL_MS) : random.below(25);
    // etcd ends leases late by itself.
    if (random.chance(0.8)) etcd.expire();
    const number = random.below(this.processes.length);
    const process = this.processes[number]!;
    const before = process.tenure;
    this.carryOut(process, number);
    if (before !== undefined && process.tenure === undefined) this.report.fences++;
  }

  private carryOut(process: ProcessModel, number: number): void {
    const { random, profile } = this;
    switch (profile.action(random)) {
      case 'observe':
        return this.observe(process, number);
      case 'observe again':
        return process.hears ? process.watch.deliverAgain() : undefined;
      case 'step':
        if (random.chance(0.6)) this.observe(process, number);
        return process.step();
      case 'start turn':
        return process.startTurn(random.below(SHARDS));
      case 'end turn':
        return process.endTurn(random.below(SHARDS));
      case 'postpone':
        return process.postpone(random.below(SHARDS));
      case 'network':
        for (let i = 0; i < 5; i++) this.network.advance();
        return;
      case 'plan nonsense':
        return this.assignAtRandom();
      case 'pause':
        process.paused = !process.paused;
        return;
      case 'deafen':
        process.deafUntil = this.etcd.now + random.below(TTL_MS);
        return;
      case 'crash':
        // A process without memory right after a wipe is outside of the guarantees (docs/guarantees.md).
        if (this.etcd.now >= this.wipedAt + TTL_MS) this.processes[number] = this.newProcess(process.address);
        return;
      case 'drain':
        process.draining = true;
    }
  }

  private observe(process: ProcessModel, number: number): void {
    const { random, profile } = this;
    if (!process.hears || (number === profile.laggard && random.chance(0.9))) return;
    if (random.chance(0.02)) process.watch.list();
    process.watch.deliver(random.chance(0.7) ? Infinity : 1 + random.below(3));
  }

  /** Safety must not depend on what the leader plans, so now and then a leader plans nonsense. */
  private assignAtRandom(): void {
    const { random, profile } = this;
    const present = this.etcd.entries.get(keys.assignment);
    const assignees =
      present && random.chance(0.7)
        ? [...decodeAssignment(present.value, SHARDS)]
        : Array.from({ length: SHARDS }, () => random.pick(ADDRESSES));
    const { torn } = profile;
    if (torn === undefined || random.chance(0.3)) assignees[random.below(SHARDS)] = random.pick(ADDRESSES);
    else {
      const [one, other] = torn.between;
      assignees[torn.shard] = ADDRESSES[assignees[torn.shard] === ADDRESSES[one] ? other : one];
    }
    this.etcd.transact({ when: [], put: [{ key: keys.assignment, value: encodeAssignment(assignees) }] });
  }

  private wipe(): void {
    this.etcd.wipe(this.random.below(2 * this.etcd.revision));
    this.wipedAt = this.etcd.now;
    this.report.wipes++;
    for (const process of this.processes) process.keepOutWithoutMemory(this.wipedAt + TTL_MS);
  }

  private newProcess(address: string): ProcessModel {
    const { etcd, mutation } = this;
    const around = {
      etcd,
      mutation,
      send: (request: Parameters<ModelNetwork['send']>[0]) => this.network.send(request),
      onAcquired: (shard: number, epoch: ShardEpoch) => this.acquired(shard, epoch),
    };
    // Clocks may go wrong by less than the margin of the lease.
    return new ProcessModel(address, around, 0.8 + this.random.fraction() * 0.4);
  }

  private acquired(shard: number, epoch: ShardEpoch): void {
    this.report.acquisitions++;
    const last = this.lastEpoch.get(shard);
    if (last !== undefined && compareEpochs(epoch, last) <= 0) this.fail(`the epoch of shard ${shard} went back`);
    this.lastEpoch.set(shard, epoch);
  }

  private check(): void {
    for (let shard = 0; shard < SHARDS; shard++) {
      let able: ProcessModel | undefined;
      for (const process of this.processes) {
        if (!process.mayRun(shard) && !process.runs(shard)) continue;
        if (able !== undefined) this.fail(`shard ${shard} may run on ${able.address} and ${process.address}`);
        able = process;
      }
    }
  }

  private heal(): void {
    this.etcd.now += TTL_MS;
    this.processes.forEach(({ address, draining }, number) => {
      if (draining) this.processes[number] = this.newProcess(address);
    });
    if (this.healUntil(() => this.isHealed())) return;
    const owners = Array.from({ length: SHARDS }, (_, shard) => this.ownersOf(shard));
    this.fail(`not recovered or not balanced after the faults have stopped: ${JSON.stringify(owners)}`);
  }

  private healUntil(healed: () => boolean): boolean {
    for (let round = 0; round < HEALING_ROUNDS; round++) {
      this.etcd.now += 50;
      this.etcd.expire();
      for (const process of this.processes) {
        process.paused = false;
        process.deafUntil = 0;
        for (let shard = 0; shard < SHARDS; shard++) process.endTurn(shard);
        process.watch.deliver(Infinity);
        process.step();
      }
      this.network.settle();
      this.check();
      if (healed()) return true;
    }
    return false;
  }

  private isHealed(): boolean {
    const owners = Array.from({ length: SHARDS }, (_, shard) => this.ownersOf(shard));
    if (owners.some((list) => list.length !== 1)) return false;
    const counts = ADDRESSES.map((address) => owners.filter(([owner]) => owner === address).length);
    return Math.max(...counts) - Math.min(...counts) <= 1;
  }

  private ownersOf(shard: number): string[] {
    return this.processes.filter((process) => process.mayRun(shard)).map(({ address }) => address);
  }

  private fail(message: string): never {
    throw new Error(`seed ${this.seed}, ${Math.round(this.etcd.now)} ms: ${message}`);
  }
}
