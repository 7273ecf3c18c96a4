import type { SeededRandom } from '../support/seeded-random.js';
import { ChaosCluster } from './chaos-cluster.js';
import type { ChaosNode } from './chaos-node.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import { moment } from './moment.js';
import { Recorder } from './recorder.js';

export interface StageOptions {
  readonly ttlSeconds: number;
  readonly callsPerSecond: number;
  readonly random: SeededRandom;
}

const SERVES_WITHIN_MS = 20_000;
const RECORDED_WITHIN_MS = 3_000;

/** A cluster under load and the recorder of what it does. */
export class Stage {
  private constructor(
    readonly cluster: ChaosCluster,
    readonly load: Load,
    readonly ledger: Ledger,
    readonly random: SeededRandom,
    private readonly recorder: Recorder,
  ) {}

  static async open({ ttlSeconds, callsPerSecond, random }: StageOptions): Promise<Stage> {
    const ledger = new Ledger();
    const recorder = await Recorder.start(ledger);
    const cluster = await ChaosCluster.start(ttlSeconds, ledger, recorder.endpoint);
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

  /** Ends the load of a scenario: every call has ended, and what was answered is on record. */
  async settle(): Promise<void> {
    await this.load.settle();
    await this.recorder.until(() => this.ledger.calls.unproven === 0, RECORDED_WITHIN_MS);
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
