import type { ModuleMetadata } from '@nestjs/common';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { GoverseClient } from '../client/index.js';
import { EmbeddedEtcd } from '../cluster/index.js';
import type { GoverseGateOptions, GoverseNodeOptions } from '../config/index.js';
import type { GoverseService } from '../routing/index.js';
import { Switchboard } from './switchboard.js';
import { TestGate } from './test-gate.js';
import { TestNetwork } from './test-network.js';
import { TestNode } from './test-node.js';
import { TurnRecorder } from './turn-recorder.js';

/** Short, so that a killed node is gone soon; the shortest lease a real etcd grants. */
const LEASE_TTL_SECONDS = 2;

export interface TestClusterOptions {
  /** Nodes at the start. Default: 1. */
  nodes?: number;
  /** Gates at the start. Default: 1. */
  gates?: number;
  /** Object classes and their dependencies, on every node. */
  providers?: NonNullable<ModuleMetadata['providers']>;
  /** Modules of every node. */
  imports?: NonNullable<ModuleMetadata['imports']>;
  /** Called for every process before it is compiled: override providers, guards, pipes. */
  configure?: (builder: TestingModuleBuilder) => TestingModuleBuilder | void;
  /** Options of every node, over the test kit's own (free ports, leases of 2 s). */
  node?: GoverseNodeOptions;
  /** Options of every gate, over the test kit's own. */
  gate?: GoverseGateOptions;
  /** Endpoints of a running etcd. Default: an embedded one of this cluster's own. */
  etcd?: readonly string[];
}

/**
 * A whole cluster inside the process of a test: real nodes and gates on free ports of the loopback interface, talking
 * over real sockets. Several may run at once.
 */
export class TestCluster {
  /** Every node that was ever started, in that order. */
  readonly nodes: TestNode[] = [];
  /** Every gate that was ever started, in that order. */
  readonly gates: TestGate[] = [];
  private readonly clients: GoverseClient[] = [];
  private readonly recorders: TurnRecorder[] = [];
  private readonly network = new TestNetwork();
  private readonly boards: Switchboard[] = [];

  private constructor(
    private readonly options: TestClusterOptions,
    private readonly endpoints: readonly string[],
    private readonly embedded: EmbeddedEtcd | undefined,
  ) {}

  /** Resolves when every node holds its share and every gate is registered. */
  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const embedded = options.etcd ? undefined : await EmbeddedEtcd.start({ listen: '127.0.0.1:0' });
    const cluster = new TestCluster(options, options.etcd ?? [embedded!.address], embedded);
    try {
      await allOf(Array.from({ length: options.nodes ?? 1 }, () => cluster.addNode()));
      await allOf(Array.from({ length: options.gates ?? 1 }, () => cluster.addGate()));
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Calls objects as a node does; of the first node that is alive, else of the first gate. */
  get goverse(): GoverseService {
    const process = [...this.nodes, ...this.gates].find(({ alive }) => alive);
    if (process) return process.goverse;
    throw new Error('No process of this TestCluster is alive; start one with addNode()');
  }

  /** Starts one more node; resolves when it holds its share. */
  async addNode(options: GoverseNodeOptions = {}): Promise<TestNode> {
    const { node, imports = [], providers = [], configure } = this.options;
    const { network } = this;
    const board = await this.newBoard();
    const own = { etcd: board.etcd, listen: '127.0.0.1:0', leaseTtlSeconds: LEASE_TTL_SECONDS };
    const parts = { imports, providers, configure, network, board };
    const started = await TestNode.start({ ...own, ...node, ...options }, parts);
    this.nodes.push(started);
    await started.whenReady();
    return started;
  }

  /** Starts one more gate; resolves when it is registered with every node. */
  async addGate(options: GoverseGateOptions = {}): Promise<TestGate> {
    const { network } = this;
    const board = await this.newBoard();
    const own = {
      etcd: board.etcd,
      listen: '127.0.0.1:0',
      httpListen: '127.0.0.1:0',
      leaseTtlSeconds: LEASE_TTL_SECONDS,
    };
    const { gate, configure } = this.options;
    const parts = { imports: [], providers: [], configure, network, board };
    const started = await TestGate.start({ ...own, ...gate, ...options }, parts);
    this.gates.push(started);
    await started.whenReady();
    return started;
  }

  /** A client on a gate (default: the first), over gRPC; closed with the cluster. */
  async connect(gate = 0): Promise<GoverseClient> {
    const address = this.gates[gate]?.address;
    if (address === undefined)
      throw new Error(`This TestCluster has no gate ${gate}; start it with { gates: ${gate + 1} }`);
    const client = await GoverseClient.connect(`grpc://${address}`);
    this.clients.push(client);
    return client;
  }

  /**
   * Records every turn and call from now on; `await recorder.verdict()` tells what was wrong. Stops with the cluster.
   * It hears every cluster in this process: two at once need object ids of their own.
   */
  record(): TurnRecorder {
    const recorder = TurnRecorder.start();
    this.recorders.push(recorder);
    return recorder;
  }

  /** Ends everything: clients, gates, nodes, the embedded etcd. Idempotent. */
  async stop(): Promise<void> {
    // A gate hands its clients over before it ends, and would wait for nodes that stand still.
    for (const node of this.nodes) node.resume();
    await Promise.all(this.clients.map((client) => client.close()));
    await Promise.all(this.gates.map((gate) => gate.stop()));
    // One after the other: the last one has nobody to hand over to, and does not wait for it.
    for (const node of this.nodes) await node.stop();
    for (const recorder of this.recorders) recorder.stop();
    await Promise.all(this.boards.map((board) => board.stop()));
    await this.embedded?.stop();
  }

  /** They stay until the cluster is stopped: what a process that has gone still dials must not be an error. */
  private async newBoard(): Promise<Switchboard> {
    const board = await Switchboard.start(this.endpoints);
    this.boards.push(board);
    return board;
  }
}

/** Waits for all of them, so that one that fails leaves none behind that is still starting. */
async function allOf(starts: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(starts)).find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
