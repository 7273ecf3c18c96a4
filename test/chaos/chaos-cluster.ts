import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EtcdRawClient } from '../support/etcd-raw-client.js';
import type { GoverseProcess } from '../support/goverse-process.js';
import type { RealEtcd } from '../support/real-etcd.js';
import { startRealEtcd } from '../support/real-etcd.js';
import type { NodeSettings } from './chaos-node.js';
import { ChaosNode } from './chaos-node.js';
import { startChaosProcess } from './chaos-process.js';
import type { Ledger } from './ledger.js';

const NODES = 3;
const GATES = 2;
const LEADER_KEY = '/goverse/leader';

/** An etcd, nodes and gates, all in processes of their own. */
export class ChaosCluster {
  readonly nodes: ChaosNode[] = [];
  private readonly gates: GoverseProcess[] = [];
  private readonly settings: NodeSettings;

  private constructor(
    private readonly etcd: RealEtcd,
    readonly ttlSeconds: number,
    private readonly ledger: Ledger,
    recorder: string,
  ) {
    this.settings = { etcd: etcd.endpoint, ttlSeconds, recorder };
  }

  static async start(ttlSeconds: number, ledger: Ledger, recorder: string): Promise<ChaosCluster> {
    const cluster = new ChaosCluster(await startRealEtcd(), ttlSeconds, ledger, recorder);
    try {
      await Promise.all(Array.from({ length: NODES }, () => cluster.addNode()));
      for (let n = 0; n < GATES; n++) cluster.gates.push(await cluster.startGate());
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get gateUrls(): string[] {
    return this.gates.map(({ address }) => `grpc://${address}`);
  }

  get gateCount(): number {
    return this.gates.length;
  }

  /** Starts one more node; with an address, in place of one that has gone. */
  async addNode(address?: string): Promise<ChaosNode> {
    const node = await ChaosNode.start(this.settings, this.ledger, address);
    this.nodes.push(node);
    return node;
  }

  /** Drains a node; throws unless it ends with 0. */
  async drain(node: ChaosNode): Promise<void> {
    this.forget(node);
    const code = await node.drain();
    if (code !== 0) throw new Error(`The drained node ${node.address} ended with ${code}:\n${node.output}`);
  }

  async kill(node: ChaosNode): Promise<void> {
    this.forget(node);
    await node.kill();
  }

  /** SIGTERM, and again at the same address; throws unless the gate ends with 0. */
  async restartGate(index: number): Promise<void> {
    const gate = this.gates[index]!;
    const code = await gate.child.stop('SIGTERM');
    if (code !== 0) throw new Error(`The drained gate ${gate.address} ended with ${code}:\n${gate.child.output}`);
    this.gates[index] = await this.startGate(gate.address);
  }

  /** The node that plans; waits for there to be one. */
  async leader(): Promise<ChaosNode> {
    const client = new EtcdRawClient(this.etcd.endpoint);
    try {
      for (let attempt = 0; attempt < 50; attempt++) {
        const { kvs } = await client.call('KV', 'Range', { key: Buffer.from(LEADER_KEY) });
        const value = String((kvs as { value: Buffer }[])[0]?.value ?? '');
        const node = this.nodes.find(({ address }) => value.includes(`"${address}"`));
        if (node) return node;
        await pause(100);
      }
      throw new Error('The cluster has had no leader for 5 s');
    } finally {
      client.close();
    }
  }

  /** etcd ends, stays away, and starts again: on the same data, or on none. */
  async stopEtcd(awayMs: number, { wipe = false } = {}): Promise<void> {
    process.kill(this.etcd.pid, wipe ? 'SIGKILL' : 'SIGTERM');
    await pause(awayMs);
    if (wipe) {
      for (const name of await readdir(this.etcd.dataDir)) {
        await rm(join(this.etcd.dataDir, name), { recursive: true, force: true });
      }
    }
    await this.etcd.restart();
  }

  /** Drains what runs, gates first. Rejects when something does not end with 0. */
  async drainAll(): Promise<void> {
    const codes = await Promise.all(this.gates.splice(0).map(({ child }) => child.stop('SIGTERM')));
    codes.push(...(await Promise.all(this.nodes.splice(0).map((node) => node.drain()))));
    const bad = codes.filter((code) => code !== 0);
    if (bad.length > 0) throw new Error(`Processes that were stopped ended with ${bad.join(', ')}`);
  }

  /** Kills what runs. */
  async stop(): Promise<void> {
    await Promise.all(this.gates.splice(0).map(({ child }) => child.kill()));
    await Promise.all(this.nodes.splice(0).map((node) => node.kill()));
    await this.etcd.stop();
  }

  private startGate(listen = '127.0.0.1:0'): Promise<GoverseProcess> {
    return startChaosProcess({ ...this.settings, role: 'gate', listen });
  }

  private forget(node: ChaosNode): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }
}
