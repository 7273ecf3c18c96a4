import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './clean-environment.js';

const ABOVE = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of the repository; what is run from `dist` is one deeper. */
export const REPOSITORY = ABOVE.replace(/\/dist\/$/, '/');

/** How long a line or an end may take before a test is told what was printed instead. */
const LIMIT_MS = 60_000;
const OUTPUT_KEPT = 20_000;

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the folder of the repository. */
  readonly cwd?: string;
  /** The command line is the leader of a group, and signals of `kill` go to all of it (`npm`, `npx`). */
  readonly group?: boolean;
  /** How long a line or the end may take. Default: 60 s. */
  readonly limitMs?: number;
}

/** A process of a test: its lines can be awaited, and it never outlives the test. */
export class Child {
  private readonly spawned: ChildProcessWithoutNullStreams;
  private readonly ended: Promise<number | string>;
  private readonly listeners = new Set<() => void>();
  private readonly lines: string[] = [];
  private result: number | string | undefined;
  private readonly killWithUs = () => this.signalAll('SIGKILL');

  constructor(
    private readonly command: string,
    private readonly args: readonly string[],
    private readonly options: ChildOptions = {},
  ) {
    this.spawned = spawn(command, [...args], {
      cwd: options.cwd ?? REPOSITORY,
      env: { ...cleanEnvironment(), ...options.env },
      detached: options.group === true,
    });
    // A process that has gone takes no input; its exit code tells.
    this.spawned.stdin.on('error', () => undefined);
    for (const stream of [this.spawned.stdout, this.spawned.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.take(line));
    }
    process.on('exit', this.killWithUs);
    this.ended = new Promise((resolve) => {
      this.spawned.once('error', (error) => resolve(this.end(String(error))));
      this.spawned.once('close', (code, signal) => resolve(this.end(code ?? String(signal))));
    });
  }

  get pid(): number {
    return this.spawned.pid ?? -1;
  }

  get running(): boolean {
    return this.result === undefined;
  }

  /** Everything printed so far, both streams. */
  get output(): string {
    return this.lines.join('\n').slice(-OUTPUT_KEPT);
  }

  /** How many lines have been printed: `line(pattern, child.printed)` waits for one that comes later. */
  get printed(): number {
    return this.lines.length;
  }

  /** The first line that matches, from the `from`th on. Rejects with what was printed when it does not come. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    const find = () => this.lines.slice(from).find((line) => pattern.test(line));
    await this.until(() => find() !== undefined || this.result !== undefined, `print ${pattern}`);
    const found = find();
    if (found === undefined)
      throw new Error(`${this.commandLine} ended with ${this.result} without ${pattern}:\n${this.output}`);
    return found;
  }

  /** Types a line. */
  type(line: string): void {
    this.spawned.stdin.write(`${line}\n`);
  }

  /** Ends its input. */
  endInput(): void {
    this.spawned.stdin.end();
  }

  /** The exit code of a process that ends by itself, or the name of the signal that ended it. */
  async exit(): Promise<number | string> {
    await this.until(() => this.result !== undefined, 'end');
    return this.ended;
  }

  /** Sends a signal to the process itself. */
  send(signal: NodeJS.Signals): void {
    this.spawned.kill(signal);
  }

  /** Sends a signal and waits for the end: the exit code, or the name of the signal. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    if (this.running) this.send(signal);
    return this.exit();
  }

  /** Ends what still runs, whatever state it is in. */
  async kill(): Promise<void> {
    this.signalAll('SIGKILL');
    await this.ended;
  }

  /** What was started, for messages. */
  get commandLine(): string {
    return [this.command, ...this.args].join(' ');
  }

  private signalAll(signal: NodeJS.Signals): void {
    if (this.spawned.pid === undefined) return;
    try {
      // The members of a group may outlive its leader.
      if (this.options.group) process.kill(-this.spawned.pid, signal);
      else if (this.running) this.send(signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  private async until(condition: () => boolean, what: string): Promise<void> {
    const { limitMs = LIMIT_MS } = this.options;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.notify();
    }, limitMs);
    try {
      while (!condition()) {
        if (late) throw new Error(`${this.commandLine} did not ${what} within ${limitMs} ms:\n${this.output}`);
        await new Promise<void>((resolve) => this.listeners.add(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private take(line: string): void {
    this.lines.push(line);
    this.notify();
  }

  private end(result: number | string): number | string {
    this.result = result;
    process.off('exit', this.killWithUs);
    this.notify();
    return result;
  }

  private notify(): void {
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener();
  }
}
