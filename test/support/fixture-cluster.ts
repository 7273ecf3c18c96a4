import { GoverseProcess } from './goverse-process.js';
import { startTestEtcd } from './test-etcd.js';

/** Two nodes and a gate of `test/fixtures` as processes. */
export interface FixtureCluster {
  readonly nodes: readonly GoverseProcess[];
  readonly gate: GoverseProcess;
  /** One more process of the cluster, from a compiled entry. */
  start(entry: string, ...flags: string[]): Promise<GoverseProcess>;
  stop(): Promise<void>;
}

export async function startFixtureCluster(): Promise<FixtureCluster> {
  const etcd = await startTestEtcd();
  const started: GoverseProcess[] = [];
  const start = async (entry: string, ...flags: string[]) => {
    const process = await GoverseProcess.start(entry, ['--listen', '127.0.0.1:0', '--etcd', etcd.endpoint, ...flags]);
    started.push(process);
    return process;
  };
  const stop = async () => {
    await Promise.all(started.map(({ child }) => child.kill()));
    await etcd.stop();
  };
  try {
    const nodes = await Promise.all([start('test/fixtures/node.main.js'), start('test/fixtures/node.main.js')]);
    const gate = await start('test/fixtures/gate.main.js', '--http-listen', '127.0.0.1:0');
    return { nodes, gate, start, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
