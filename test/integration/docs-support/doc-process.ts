import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program of a document, run as its reader would run it. */
export class DocProcess {
  private readonly lines: string[] = [];
  private readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly listeners = new Set<() => void>();
  private ended = false;

  constructor(
    private readonly folder: string,
    private readonly args: readonly string[],
  ) {
    this.child = spawn(process.execPath, [...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(),
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => this.take(line));
    }
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code) => {
        this.ended = true;
        this.notify();
        resolve(code);
      });
    });
  }

  get output(): string {
    return this.lines.join('\n');
  }

  /** The first line that matches; rejects with everything that was printed if the program ends without it. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.ended)
        throw new Error(`node ${this.args.join(' ')} in ${this.folder} ended without ${pattern}:\n${this.output}`);
      await new Promise<void>((resolve) => this.listeners.add(resolve));
    }
  }

  /** The exit code of a program that ends by itself. */
  exitCode(): Promise<number | null> {
    return this.exited;
  }

  /** Asks it to stop, as Ctrl-C would, and waits; the exit code. */
  async stop(): Promise<number | null> {
    if (!this.ended) this.child.kill('SIGTERM');
    return this.exited;
  }

  /** Ends what is still running, whatever it says. */
  async kill(): Promise<void> {
    if (!this.ended) this.child.kill('SIGKILL');
    await this.exited;
  }

  private take(line: string): void {
    this.lines.push(line);
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }
}

/** Settings of whoever runs the tests must not reach the programs. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => !/^(GOVERSE_|NODE_OPTIONS$|VITEST|NODE_TEST)/.test(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
