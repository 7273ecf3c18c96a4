import { ClusterGate, ClusterNode } from '../../src/cluster/index.js';
import type { ClusterGateOptions, ClusterNodeOptions, ClusterView, ViewSource } from '../../src/cluster/index.js';
import { uniqueId } from '../../src/core/index.js';
import { RecordingShardHost } from './recording-shard-host.js';

const WAIT_MS = 60_000;

export interface LabNode {
  readonly node: ClusterNode;
  readonly host: RecordingShardHost;
  readonly address: string;
  readonly lines: string[];
}

/** Several nodes and gates of one cluster in this process, with a check that no shard is held twice at any moment. */
export class ClusterLab {
  readonly nodes: LabNode[] = [];
  readonly gates: ClusterGate[] = [];
  readonly overlaps: string[] = [];
  private port = 47_000;

  constructor(
    private readonly endpoint: string,
    readonly prefix = `/test-${uniqueId()}`,
    private readonly defaults: Partial<ClusterNodeOptions> = {},
  ) {}

  node(options: Partial<ClusterNodeOptions> = {}): LabNode {
    const address = options.address ?? `127.0.0.1:${++this.port}`;
    const host = new RecordingShardHost();
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const node = new ClusterNode(
      {
        etcd: [this.endpoint],
        prefix: this.prefix,
        startId: uniqueId(),
        shards: 256,
        leaseTtlSeconds: 2,
        minNodes: 1,
        types: ['Room'],
        drainTimeoutMs: 5_000,
        logger: { log: write, warn: write, error: write },
        ...this.defaults,
        ...options,
        address,
      },
      host,
    );
    const labNode = { node, host, address, lines };
    this.nodes.push(labNode);
    node.onView(() => this.check());
    return labNode;
  }

  gate(options: Partial<ClusterGateOptions> = {}): ClusterGate {
    const gate = new ClusterGate({
      etcd: [this.endpoint],
      prefix: this.prefix,
      address: `127.0.0.1:${++this.port}`,
      startId: uniqueId(),
      shards: 256,
      leaseTtlSeconds: 2,
      ...options,
    });
    this.gates.push(gate);
    return gate;
  }

  async startNodes(count: number, options: Partial<ClusterNodeOptions> = {}): Promise<LabNode[]> {
    const nodes = Array.from({ length: count }, () => this.node(options));
    await Promise.all(nodes.map(async ({ node }) => node.start().then(() => node.whenReady())));
    return nodes;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.gates.map((gate) => gate.stop()), ...this.nodes.map(({ node }) => node.stop())]);
  }

  private check(): void {
    const holders = new Map<string, string>();
    for (const { node, address } of this.nodes) {
      if (!node.alive()) continue;
      for (let shard = 0; shard < node.view.shards; shard++) {
        if (!node.holds(shard) && !node.releasing(shard)) continue;
        const place = `shard ${shard} of ${node.pool}`;
        const other = holders.get(place);
        if (other !== undefined) this.overlaps.push(`${place}: ${other} and ${address}`);
        holders.set(place, address);
      }
    }
  }
}

/** Shards of a pool that are owned, by owner. */
export function countsOf(view: ClusterView, pool?: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let shard = 0; shard < view.shards; shard++) {
    const owner = view.ownerOf(shard, pool);
    if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}

/** Resolves with the first view, present or to come, for which the condition holds. */
export async function viewWhere(source: ViewSource, wanted: (view: ClusterView) => boolean): Promise<ClusterView> {
  const signal = AbortSignal.timeout(WAIT_MS);
  while (!wanted(source.view)) await source.nextView(signal);
  return source.view;
}

/** True when every shard of a pool is owned by its assignee and so many nodes own floor or ceiling of their equal share. */
export function isBalanced(view: ClusterView, owners: number, pool?: string): boolean {
  const counts = [...countsOf(view, pool).values()];
  const floor = Math.floor(view.shards / owners);
  const settled = Array.from({ length: view.shards }).every(
    (_, shard) => view.ownerOf(shard, pool) !== undefined && view.ownerOf(shard, pool) === view.assigneeOf(shard, pool),
  );
  return settled && counts.length === owners && counts.every((count) => count === floor || count === floor + 1);
}
