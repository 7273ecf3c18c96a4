import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../test/support/clean-environment.js';
import { profilingFlags } from './server-process.js';
import type { DriverConfig, Round, Sample } from './sample.js';

export interface DriverSpec {
  /** File in `drivers/`. */
  readonly name: string;
  readonly config?: DriverConfig | undefined;
  /** Flags of node, for example `--expose-gc`. */
  readonly execArgv?: readonly string[] | undefined;
}

export interface DrivenRound {
  readonly sample: Sample;
  /** User and system time of the generator's process. */
  readonly driverCpuSeconds: number;
}

type Message = { ready: true } | { error: string } | DrivenRound;

const OUTPUT_KEPT = 4_000;

/** The process that makes the load. */
export class DriverProcess {
  private output = '';
  private readonly killWithUs = () => this.child.kill('SIGKILL');

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-OUTPUT_KEPT)));
    }
    process.on('exit', this.killWithUs);
  }

  static async start({ name, config = {}, execArgv = [] }: DriverSpec): Promise<DriverProcess> {
    const entry = fileURLToPath(new URL('./driver.js', import.meta.url));
    const child = fork(entry, [name, JSON.stringify(config)], {
      execArgv: [...execArgv, ...profilingFlags(name)],
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const driver = new DriverProcess(child);
    await driver.next();
    return driver;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  async measure(round: Round): Promise<DrivenRound> {
    this.child.send(round);
    const message = await this.next();
    if ('sample' in message) return message;
    throw new Error('The driver answered with something else than a sample');
  }

  async close(): Promise<void> {
    process.off('exit', this.killWithUs);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    if (this.child.connected) this.child.send('close');
    const force = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(force);
  }

  private next(): Promise<Message> {
    return new Promise((resolve, reject) => {
      const ended = (code: unknown) => reject(new Error(`The driver ended (${String(code)}):\n${this.output}`));
      this.child.once('exit', ended);
      this.child.once('message', (message: Message) => {
        this.child.off('exit', ended);
        if ('error' in message) reject(new Error(`${message.error}\n${this.output}`));
        else resolve(message);
      });
    });
  }
}
