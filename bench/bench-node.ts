import { GoverseService, startNode } from 'nestjs-goverse';
import { NodeRuntime } from '../src/node/index.js';
import { BenchNodeModule } from './servers/bench.node.module.js';

export interface BenchNode {
  readonly node: Awaited<ReturnType<typeof startNode>>;
  readonly goverse: GoverseService;
  /** The objects that live on the node. */
  readonly catalog: { readonly size: number };
}

/** A node in the driver's process: where the calls of an object would come from. */
export async function startBenchNode(etcd: string, flags: readonly string[] = []): Promise<BenchNode> {
  const node = await startNode(BenchNodeModule, { argv: ['--listen', '127.0.0.1:0', '--etcd', etcd, ...flags] });
  return { node, goverse: node.app.get(GoverseService), catalog: node.app.get(NodeRuntime).membership.catalog };
}
