import { GoverseProcess } from '../test/support/goverse-process.js';
import { spawnServer } from './server-process.js';
import { startRealEtcd, type RealEtcd } from '../test/support/real-etcd.js';

/** Many processes that start at once on few cores take their time. */
const READY_WITHIN_MS = 120_000;

/** A real cluster, started as a user starts one: etcd, nodes and gates in processes of their own. */
export class GoverseCluster {
  readonly nodes: GoverseProcess[] = [];
  readonly gates: GoverseProcess[] = [];

  private constructor(private readonly etcdServer: RealEtcd) {}

  static async start(nodes: number, gates: number): Promise<GoverseCluster> {
    const cluster = new GoverseCluster(await startRealEtcd());
    try {
      cluster.nodes.push(...(await Promise.all(Array.from({ length: nodes }, () => cluster.spawn('bench.node.main')))));
      for (let i = 0; i < gates; i++) {
        cluster.gates.push(await cluster.spawn('bench.gate.main', ['--http-listen', '127.0.0.1:0']));
      }
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get etcd(): string {
    return this.etcdServer.endpoint;
  }

  /** Node and gate processes, without etcd. */
  get pids(): number[] {
    return [...this.nodes, ...this.gates].map(({ child }) => child.pid);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.gates, ...this.nodes].map(({ child }) => child.stop()));
    await this.etcdServer.stop();
  }

  private async spawn(entry: string, flags: readonly string[] = []): Promise<GoverseProcess> {
    const child = spawnServer(entry, ['--listen', '127.0.0.1:0', '--etcd', this.etcd, ...flags], READY_WITHIN_MS);
    try {
      return await GoverseProcess.ready(child);
    } catch (error) {
      await child.kill();
      throw error;
    }
  }
}
