import { GoverseProcess } from './goverse-process.js';
import { startTestEtcd } from './test-etcd.js';
import type { TestEtcd } from './test-etcd.js';

/** A node and any number of gates of `test/fixtures` as processes. */
export class GateProcesses {
  private readonly started: GoverseProcess[] = [];

  private constructor(private readonly etcd: TestEtcd) {}

  static async start(): Promise<GateProcesses> {
    const processes = new GateProcesses(await startTestEtcd());
    try {
      await processes.run('node', '--listen', '127.0.0.1:0');
      return processes;
    } catch (error) {
      await processes.stop();
      throw error;
    }
  }

  /** `host:port` of the node. */
  get nodeAddress(): string {
    return this.started[0]!.address;
  }

  /** One more gate; flags given twice count last. */
  startGate(...flags: string[]): Promise<GoverseProcess> {
    return this.run('gate', '--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0', ...flags);
  }

  async stop(): Promise<void> {
    await Promise.all(this.started.map(({ child }) => child.kill()));
    await this.etcd.stop();
  }

  private async run(role: 'node' | 'gate', ...flags: string[]): Promise<GoverseProcess> {
    const all = ['--etcd', this.etcd.endpoint, ...flags];
    const process = await GoverseProcess.start(`test/fixtures/${role}.main.js`, all);
    this.started.push(process);
    return process;
  }
}
