import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Clock, TimerHandle } from '../../core/index.js';
import { goverseError } from '../../core/index.js';
import { Backoff } from '../../rpc/index.js';
import type { NodeLogger } from '../node-logger.js';
import type { LineOutput } from './line-output.js';
import { environmentOf } from './worker-place.js';
import type { WorkerPlace } from './worker-place.js';
import { readReport } from './worker-report.js';

/** Waits before a worker is started again, milliseconds. */
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [500, 15_000];

/** A worker that has served this long was not broken by its start. */
const STABLE_MS = 30_000;

/** What a stop may take beyond the drain, and a start that is called off. */
const STOP_GRACE_MS = 10_000;

export interface WorkerParts {
  readonly place: WorkerPlace;
  /** The file that was started, and its flags. */
  readonly entry: string;
  readonly argv: readonly string[];
  readonly output: { readonly stdout: LineOutput; readonly stderr: LineOutput };
  readonly clock: Clock;
  readonly logger: NodeLogger;
}

/**
 * One node process of a supervisor: started, started again whenever it ends by itself, and drained at last.
 *
 * ```
 * starting --ready--> serving --end--> waiting --> starting
 *     \------ end (after the first `ready`) ---/
 * ```
 */
export class Worker {
  private child: ChildProcess | undefined;
  private address: string | undefined;
  private serving = false;
  private servingSince = 0;
  private stopping = false;
  private drainTimeoutMs = 0;
  private timer: TimerHandle;
  private readonly backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  private ready!: (address: string) => void;
  private fail!: (error: Error) => void;
  private readonly first = new Promise<string>((resolve, reject) => {
    this.ready = resolve;
    this.fail = reject;
  });

  constructor(private readonly parts: WorkerParts) {
    // Whoever does not wait for it is told by the others.
    this.first.catch(() => undefined);
  }

  private get name(): string {
    return `worker ${this.parts.place.number}`;
  }

  /** Starts the process; resolves with its address when it serves. Rejects when it ends with an error before it ever did. */
  start(): Promise<string> {
    if (this.stopping) return this.first;
    const { entry, argv, place, output } = this.parts;
    const child = fork(entry, [...argv], { env: environmentOf(place), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.child = child;
    if (child.stdout) output.stdout.take(child.stdout, this.name);
    if (child.stderr) output.stderr.take(child.stderr, this.name);
    child.on('message', (message) => this.reported(message));
    // What could not even be started ends without `exit`.
    child.once('error', (error) => this.ended(child, error.message, true));
    child.once('exit', (code, signal) => this.ended(child, signal ?? `exit code ${code}`, code !== null));
    return this.first;
  }

  /** Drains the process and waits for its end, at most as long as a drain may take. False: it was serving and did not drain. */
  async stop(): Promise<boolean> {
    this.stopping = true;
    const { clock } = this.parts;
    clock.clearTimeout(this.timer);
    this.fail(goverseError('NOT_READY', `The ${this.name} was stopped before it was ready`));
    const { child, serving } = this;
    if (child === undefined) return true;
    const drained = new Promise<boolean>((resolve) => child.once('exit', (code) => resolve(code === 0)));
    child.kill('SIGTERM');
    const force = clock.setTimeout(() => child.kill('SIGKILL'), this.drainTimeoutMs + STOP_GRACE_MS);
    const result = await drained;
    clock.clearTimeout(force);
    return result || !serving;
  }

  /** Ends the process at once. */
  kill(): void {
    this.stopping = true;
    this.child?.kill('SIGKILL');
  }

  private reported(message: unknown): void {
    const report = readReport(message);
    if (report === undefined) return;
    const again = this.address !== undefined;
    this.address = report.address;
    this.drainTimeoutMs = report.drainTimeoutMs;
    this.serving = true;
    this.servingSince = this.parts.clock.monotonic();
    if (again) this.parts.logger.log(`The ${this.name} serves again at ${report.address}`);
    this.ready(report.address);
  }

  private ended(child: ChildProcess, how: string, byItself: boolean): void {
    if (this.child !== child) return;
    this.child = undefined;
    const { clock, logger } = this.parts;
    if (this.serving && clock.monotonic() - this.servingSince >= STABLE_MS) this.backoff.reset();
    this.serving = false;
    if (this.stopping) return;
    if (this.address === undefined && byItself) {
      return this.fail(
        goverseError('NOT_READY', `The ${this.name} could not be started (${how}); what it said stands above`, {
          retryable: false,
        }),
      );
    }
    const wait = Math.round(this.backoff.next());
    logger.error(`The ${this.name} has ended (${how}); it is started again in ${wait} ms`);
    this.timer = clock.setTimeout(() => void this.start(), wait);
  }
}
