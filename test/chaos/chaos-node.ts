import type { GoverseProcess } from '../support/goverse-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { ChaosProcessOptions } from './chaos-process.js';
import { startChaosProcess } from './chaos-process.js';
import type { Ledger } from './ledger.js';
import { moment } from './moment.js';
import type { RecordedProcess } from './recorded-turn.js';

export type NodeSettings = Omit<ChaosProcessOptions, 'role' | 'listen'>;

/** A node in a process of its own, with a proxy of its own in front of etcd. */
export class ChaosNode {
  private constructor(
    private readonly process: GoverseProcess,
    private readonly proxy: TcpProxy,
    readonly record: RecordedProcess,
  ) {}

  /** Resolves when the node holds its share. */
  static async start(settings: NodeSettings, ledger: Ledger, listen = '127.0.0.1:0'): Promise<ChaosNode> {
    const proxy = await TcpProxy.start(settings.etcd);
    try {
      const process = await startChaosProcess({ ...settings, role: 'node', listen, etcd: proxy.endpoint });
      return new ChaosNode(process, proxy, ledger.processOf(process.child.pid));
    } catch (error) {
      await proxy.stop();
      throw error;
    }
  }

  get address(): string {
    return this.process.address;
  }

  /** What it printed last, for messages. */
  get output(): string {
    return this.process.child.output;
  }

  get running(): boolean {
    return this.process.child.running;
  }

  /** SIGSTOP. */
  pause(): void {
    this.record.pauses.push({ from: moment(), to: undefined, caught: undefined });
    this.process.child.send('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.wake();
    this.process.child.send('SIGCONT');
  }

  cutFromEtcd(): void {
    this.proxy.cut();
  }

  mendEtcd(): void {
    this.proxy.mend();
  }

  /** SIGTERM; resolves with the exit code. */
  async drain(): Promise<number | string> {
    const code = await this.process.child.stop('SIGTERM');
    await this.proxy.stop();
    return code;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.wake();
    await this.process.child.kill();
    await this.proxy.stop();
  }

  private wake(): void {
    const pause = this.record.pauses.at(-1);
    if (pause) pause.to ??= moment();
  }
}
