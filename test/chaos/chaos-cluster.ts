import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EtcdRawClient } from '../support/etcd-raw-client.js';
import type { GoverseProcess } from '../support/goverse-process.js';
import type { RealEtcd } from '../support/real-etcd.js';
import { startRealEtcd } from '../support/real-etcd.js';
import type { NodePlace, NodeSettings } from './chaos-node.js';
import { ChaosNode, newPlace } from './chaos-node.js';
import { startChaosProcess } from './chaos-process.js';
import type { Recorder } from './recorder.js';

const NODES = 3;
const GATES = 2;
const LEADER_KEY = '/goverse/leader';
const PLAN_KEY = '/goverse/assignment';
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 10;

interface EtcdEntry {
  readonly value: Buffer;
  readonly mod_revision: string;
}

/** An etcd, nodes and gates, all in processes of their own. */
export class ChaosCluster {
  readonly nodes: ChaosNode[] = [];
  private readonly gates: GoverseProcess[] = [];
  private readonly places: NodePlace[] = [];
  private readonly settings: NodeSettings;

  private constructor(
    private readonly etcd: RealEtcd,
    readonly ttlSeconds: number,
    private readonly recorder: Recorder,
  ) {
    this.settings = { etcd: etcd.endpoint, ttlSeconds };
  }

  static async start(ttlSeconds: number, recorder: Recorder): Promise<ChaosCluster> {
    const cluster = new ChaosCluster(await startRealEtcd(), ttlSeconds, recorder);
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

  /** Starts one more node; in the place of one that has gone, if it is given. */
  async addNode(place?: NodePlace, more: Partial<NodeSettings> = {}): Promise<ChaosNode> {
    const node = await ChaosNode.start({ ...this.settings, ...more }, this.recorder, place ?? (await this.newPlace()));
    this.nodes.push(node);
    return node;
  }

  /** Drains a node; throws unless it ends with 0. */
  async drain(node: ChaosNode): Promise<void> {
    this.forget(node);
    const code = await node.drain();
    if (code !== 0) throw new Error(`The drained node ${node.address} ended with ${code}:\n${node.output}`);
  }

  /** Waits for the end of a node that was told to end; resolves with its exit code. */
  ended(node: ChaosNode): Promise<number | string> {
    this.forget(node);
    return node.exit();
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
  leader(): Promise<ChaosNode> {
    return this.read(LEADER_KEY, 'a leader among the nodes that live', ({ value }) =>
      this.nodes.find(({ address }) => String(value).includes(`"${address}"`)),
    );
  }

  /** The revision of the present plan. */
  plan(): Promise<string> {
    return this.read(PLAN_KEY, 'a plan', ({ mod_revision }) => mod_revision);
  }

  /** Resolves when the leader has planned anew: the moves have begun. */
  async planAfter(revision: string): Promise<void> {
    await this.read(PLAN_KEY, 'a new plan', ({ mod_revision }) => (mod_revision === revision ? undefined : true));
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
    await Promise.all(this.places.splice(0).map(({ front }) => front.stop()));
    await this.etcd.stop();
  }

  /** Asks etcd for a key until it holds what is looked for. */
  private async read<T>(key: string, what: string, find: (entry: EtcdEntry) => T | undefined): Promise<T> {
    const client = new EtcdRawClient(this.etcd.endpoint);
    const until = performance.now() + PATIENCE_MS;
    try {
      while (performance.now() < until) {
        const { kvs } = await client.call('KV', 'Range', { key: Buffer.from(key) });
        const [entry] = kvs as EtcdEntry[];
        const found = entry && find(entry);
        if (found !== undefined) return found;
        await pause(LOOK_AGAIN_MS);
      }
      throw new Error(`The cluster has not had ${what} for ${PATIENCE_MS} ms`);
    } finally {
      client.close();
    }
  }

  private async newPlace(): Promise<NodePlace> {
    const place = await newPlace();
    this.places.push(place);
    return place;
  }

  private startGate(listen = '127.0.0.1:0'): Promise<GoverseProcess> {
    return startChaosProcess({ ...this.settings, role: 'gate', listen });
  }

  private forget(node: ChaosNode): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }
}
