import type { Clock } from '../../core/index.js';
import { systemClock } from '../../core/index.js';
import { EtcdEndpoints } from '../../cluster/index.js';
import type { EtcdLease } from '../../cluster/index.js';
import type { NodeLogger } from '../node-logger.js';
import { LineOutput } from './line-output.js';
import { Worker } from './worker.js';

export interface WorkerSupervisorParts {
  readonly count: number;
  /** The file that was started, and its flags: a worker is this process once more. */
  readonly entry: string;
  readonly argv: readonly string[];
  /** Run an etcd here that the workers share. */
  readonly embeddedEtcd: boolean;
  readonly logger: NodeLogger;
  readonly clock?: Clock | undefined;
}

/** Node processes of one machine: started together, each started again when it crashes, drained together. */
export class WorkerSupervisor {
  private workers: readonly Worker[] = [];
  private etcd: EtcdLease | undefined;
  private stopping: Promise<void> | undefined;

  constructor(private readonly parts: WorkerSupervisorParts) {}

  /** `host:port` of the embedded etcd, if there is one. */
  get embeddedEtcd(): string | undefined {
    return this.etcd?.embeddedAddress;
  }

  /** Resolves with the addresses of all workers when all of them serve. Rejects when one cannot be started. */
  async start(): Promise<string[]> {
    const { count, entry, argv, embeddedEtcd, logger, clock = systemClock } = this.parts;
    if (embeddedEtcd) this.etcd = await new EtcdEndpoints().acquire('embedded', (line) => logger.log(line));
    const output = { stdout: new LineOutput(process.stdout), stderr: new LineOutput(process.stderr) };
    const etcd = this.etcd?.embeddedAddress;
    this.workers = Array.from(
      { length: count },
      (_, index) => new Worker({ place: { number: index + 1, count, etcd }, entry, argv, output, clock, logger }),
    );
    return Promise.all(this.workers.map((worker) => worker.start()));
  }

  /** Drains all workers at once. Rejects if one of them was cut short. Idempotent. */
  stop(): Promise<void> {
    return (this.stopping ??= this.stopAll());
  }

  /** Ends all workers at once. */
  kill(): void {
    for (const worker of this.workers) worker.kill();
  }

  private async stopAll(): Promise<void> {
    const drained = await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.etcd?.release();
    const cut = drained.flatMap((done, index) => (done ? [] : [index + 1]));
    if (cut.length > 0) throw new Error(`not all workers were drained: ${cut.join(', ')}`);
  }
}
