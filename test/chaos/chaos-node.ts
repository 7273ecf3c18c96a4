import { freePort } from '../support/free-port.js';
import type { GoverseProcess } from '../support/goverse-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { ChaosProcessOptions } from './chaos-process.js';
import { startChaosProcess } from './chaos-process.js';
import type { RecordedProcess, Recorder } from './recorder.js';

export type NodeSettings = Omit<ChaosProcessOptions, 'role' | 'listen' | 'advertise' | 'recorder'>;

/** Where a node is reached: everybody dials the proxy. Stays when another process takes the node's place. */
export interface NodePlace {
  readonly front: TcpProxy;
  /** `host:port` behind it. */
  readonly listen: string;
}

export async function newPlace(): Promise<NodePlace> {
  const listen = `127.0.0.1:${await freePort()}`;
  return { listen, front: await TcpProxy.start(listen) };
}

/** A node in a process of its own, with a proxy before it and one between it and etcd. */
export class ChaosNode {
  private constructor(
    private readonly process: GoverseProcess,
    readonly place: NodePlace,
    private readonly etcd: TcpProxy,
    readonly record: RecordedProcess,
  ) {}

  /** Resolves when the node holds its share. */
  static async start(settings: NodeSettings, recorder: Recorder, place: NodePlace): Promise<ChaosNode> {
    const etcd = await TcpProxy.start(settings.etcd);
    const { listen, front } = place;
    try {
      const process = await startChaosProcess({
        ...settings,
        role: 'node',
        listen,
        advertise: front.endpoint,
        etcd: etcd.endpoint,
        recorder: recorder.endpoint,
      });
      return new ChaosNode(process, place, etcd, recorder.processOf(process.child.pid));
    } catch (error) {
      await etcd.stop();
      throw error;
    }
  }

  get address(): string {
    return this.process.address;
  }

  get pid(): number {
    return this.process.child.pid;
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
    this.process.child.send('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.process.child.send('SIGCONT');
  }

  cutFromEtcd(): void {
    this.etcd.cut();
  }

  mendEtcd(): void {
    this.etcd.mend();
  }

  /** Nothing passes between the two any more, in either direction; neither is told. */
  async cutFromPeer(peer: ChaosNode): Promise<void> {
    await Promise.all([this.place.front.sever(peer.pid), peer.place.front.sever(this.pid)]);
  }

  async mendPeer(peer: ChaosNode): Promise<void> {
    await Promise.all([this.place.front.unsever(peer.pid), peer.place.front.unsever(this.pid)]);
  }

  /** Sends SIGTERM and waits for nothing. */
  terminate(): void {
    this.process.child.send('SIGTERM');
  }

  /** Resolves with the exit code of a node that was told to end. */
  async exit(): Promise<number | string> {
    const code = await this.process.child.exit();
    await this.etcd.stop();
    return code;
  }

  /** SIGTERM; resolves with the exit code. */
  drain(): Promise<number | string> {
    if (this.running) this.terminate();
    return this.exit();
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.process.child.kill();
    await this.etcd.stop();
  }
}
