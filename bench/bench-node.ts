import { GoverseService, startNode } from 'nestjs-goverse';
import { BenchNodeModule } from './servers/bench.node.module.js';

/** A node in the driver's process: where the calls of an object would come from. */
export async function startBenchNode(
  etcd: string,
): Promise<{ node: Awaited<ReturnType<typeof startNode>>; goverse: GoverseService }> {
  process.argv.splice(2, Infinity, '--listen', '127.0.0.1:0', '--etcd', etcd);
  const node = await startNode(BenchNodeModule);
  return { node, goverse: node.app.get(GoverseService) };
}
