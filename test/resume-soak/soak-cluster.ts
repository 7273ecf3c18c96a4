import { GoverseProcess } from '../support/goverse-process.js';
import { startTestEtcd } from '../support/test-etcd.js';
import type { TestEtcd } from '../support/test-etcd.js';
import type { GateAddresses } from './line.js';

/** An etcd, two nodes and two gates in processes of their own. */
export class SoakCluster {
  private constructor(
    private readonly etcd: TestEtcd,
    readonly nodes: readonly GoverseProcess[],
    private readonly gates: GoverseProcess[],
  ) {}

  static async start(): Promise<SoakCluster> {
    const etcd = await startTestEtcd();
    const startNode = () => startProcess(etcd, 'test/fixtures/node.main.js', '127.0.0.1:0');
    const nodes = [await startNode(), await startNode()];
    const gates = [await startGate(etcd), await startGate(etcd)];
    return new SoakCluster(etcd, nodes, gates);
  }

  /** They stay when gates are restarted. */
  get addresses(): GateAddresses[] {
    return this.gates.map(({ address, http }) => ({ grpc: address, http }));
  }

  /** SIGTERM, and again at the same addresses; throws unless the gate ends with 0. */
  async restartGate(index: number): Promise<void> {
    const { child, address } = this.gates[index]!;
    const code = await child.stop('SIGTERM');
    if (code !== 0) throw new Error(`The drained gate ${address} ended with ${code}:\n${child.output}`);
    await this.startAgain(index);
  }

  /** SIGKILL. */
  async killGate(index: number): Promise<void> {
    await this.gates[index]!.child.kill();
  }

  /** At the same addresses. */
  async startAgain(index: number): Promise<void> {
    const { address, http } = this.gates[index]!;
    this.gates[index] = await startGate(this.etcd, address, http);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes, ...this.gates].map(({ child }) => child.kill()));
    await this.etcd.stop();
  }
}

function startGate(etcd: TestEtcd, listen = '127.0.0.1:0', httpListen = '127.0.0.1:0'): Promise<GoverseProcess> {
  const flags = ['--http-listen', httpListen, '--lease-ttl-seconds', '3'];
  return startProcess(etcd, 'test/fixtures/gate.main.js', listen, ...flags);
}

function startProcess(etcd: TestEtcd, entry: string, listen: string, ...flags: string[]): Promise<GoverseProcess> {
  return GoverseProcess.start(entry, ['--listen', listen, '--etcd', etcd.endpoint, ...flags]);
}
