import type { SeededRandom } from '../support/seeded-random.js';
import { ChaosCluster } from './chaos-cluster.js';
import type { ChaosNode } from './chaos-node.js';
import { moment } from '../../src/observability/index.js';
import { TurnLedger } from '../../src/testing/index.js';
import { cellIds, Load } from './load.js';
import { Recorder } from './recorder.js';

export interface StageOptions {
  readonly ttlSeconds: number;
  readonly callsPerSecond: number;
  readonly random: SeededRandom;
}

const SERVES_WITHIN_MS = 20_000;
const RECORDED_WITHIN_MS = 3_000;
/** When no process stands still, lines are no later than this. */
const SETTLED_US = 500_000;
/** Longer than any pause of a process and any delay of a line. */
const HORIZON_US = 60_000_000;

/** A cluster under load and the recorder of what it does. */
export class Stage {
  private constructor(
    readonly cluster: ChaosCluster,
    readonly load: Load,
    readonly ledger: TurnLedger,
    readonly random: SeededRandom,
    private readonly recorder: Recorder,
  ) {}

  static async open({ ttlSeconds, callsPerSecond, random }: StageOptions): Promise<Stage> {
    const ledger = new TurnLedger();
    const recorder = await Recorder.start(ledger);
    const cluster = await ChaosCluster.start(ttlSeconds, recorder);
    const load = await Load.open({ gateUrls: cluster.gateUrls, callsPerSecond, random, calls: ledger.calls });
    await load.visitAll();
    return new Stage(cluster, load, ledger, random, recorder);
  }

  /** Waits until each of these nodes runs turns that begin from now on. */
  async untilServing(nodes: readonly ChaosNode[]): Promise<void> {
    const since = moment();
    const idle = () => nodes.filter(({ record }) => record.lastStart <= since);
    if (await this.recorder.until(() => idle().length === 0, SERVES_WITHIN_MS)) return;
    const said = idle().map(({ address, output }) => `${address}:\n${output.slice(-2_000)}`);
    throw new Error(`Nodes run nothing after ${SERVES_WITHIN_MS} ms: ${said.join('\n')}`);
  }

  /** A cell that lives on this node. */
  async cellOn(node: ChaosNode): Promise<string> {
    await this.load.visitAll();
    const cell = cellIds().find((id) => this.recorder.whereIs(id) === node.pid);
    if (cell !== undefined) return cell;
    throw new Error(`No cell lives on ${node.address}`);
  }

  /** Ends the load of a scenario: every call has ended, and what was answered is on record. */
  async settle(): Promise<void> {
    await this.load.settle();
    await this.recorder.until(() => this.ledger.calls.unproven === 0, RECORDED_WITHIN_MS);
  }

  /** Judges a scenario that is over: every call has ended, and no process stands still. */
  judgeSettled(): void {
    this.ledger.judgeTurns(moment() - SETTLED_US);
  }

  /** Judges what is old enough while the load goes on, and forgets it: keeps the memory of long runs in bounds. */
  judgeOld(): void {
    const horizon = moment() - HORIZON_US;
    this.ledger.judgeTurns(horizon);
    this.ledger.calls.forget(horizon);
  }

  /** Drains all processes and judges the whole record. Rejects when they do not end as they should. */
  async close(): Promise<void> {
    try {
      await this.load.close();
      await this.cluster.drainAll();
      if (!(await this.recorder.closed(RECORDED_WITHIN_MS))) throw new Error('A node still talks to the recorder');
    } finally {
      await this.abandon();
      this.ledger.judgeAll();
    }
  }

  /** Kills all processes. */
  async abandon(): Promise<void> {
    await this.cluster.stop();
    await this.recorder.stop();
  }
}
