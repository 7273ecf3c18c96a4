import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { moment } from '../../src/observability/index.js';
import type { TurnLedger } from '../../src/testing/index.js';
import type { RecorderLine } from '../fixtures/chaos/turn-recorder.js';

/** A node process, as far as its turns are concerned. */
export interface RecordedProcess {
  readonly pid: number;
  /** When its last turn began. */
  lastStart: number;
  /** Activations that ended because it lost its lease. */
  fenced: number;
  /** Turns that run. */
  readonly running: Set<string>;
}

/** Where the nodes' turns are recorded, outside of the nodes: one connection per process, lines of turn-recorder.ts. */
export class Recorder {
  private readonly sockets = new Set<Socket>();
  private readonly homes = new Map<string, number>();
  private readonly processes = new Map<number, RecordedProcess>();
  private readonly listeners = new Set<() => void>();

  private constructor(
    private readonly server: Server,
    private readonly ledger: TurnLedger,
  ) {
    server.on('connection', (socket) => this.accept(socket));
  }

  static async start(ledger: TurnLedger): Promise<Recorder> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Recorder(server, ledger);
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves true once the condition holds after some line, false at the time. */
  async until(condition: () => boolean, ms: number): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (!condition()) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await this.nextLine(left);
    }
    return true;
  }

  /** All that was said has been heard: no process is connected any more. */
  closed(ms: number): Promise<boolean> {
    return this.until(() => this.sockets.size === 0, ms);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What is known of a process; before it has said anything, too. */
  processOf(pid: number): RecordedProcess {
    let found = this.processes.get(pid);
    if (!found) this.processes.set(pid, (found = { pid, lastStart: 0, fenced: 0, running: new Set() }));
    return found;
  }

  /** The process in which the object had its last turn. */
  whereIs(object: string): number | undefined {
    return this.homes.get(object);
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    let process: RecordedProcess | undefined;
    createInterface({ input: socket }).on('line', (text) => {
      const line = JSON.parse(text) as RecorderLine;
      if ('pid' in line) process = this.processOf(line.pid);
      else if (process) this.take(process, line);
      this.notify();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      // What ran when its process died ran no longer than this.
      if (process) this.ledger.gone(process.running, moment());
      this.sockets.delete(socket);
      this.notify();
    });
  }

  private take(process: RecordedProcess, line: Exclude<RecorderLine, { pid: number }>): void {
    if ('work' in line) return this.ledger.identify(line.turnId, line.work);
    if ('call' in line) return this.ledger.takeCall(line.call, moment());
    const { phase, at, turn } = line.turn;
    if (phase === 'end') process.running.delete(turn.turnId);
    else {
      process.running.add(turn.turnId);
      if (turn.kind !== 'deactivate') this.homes.set(turn.objectId, process.pid);
      process.lastStart = Math.max(process.lastStart, at);
      if (turn.kind === 'deactivate' && turn.reason === 'fenced') process.fenced += 1;
    }
    this.ledger.take(line.turn);
  }

  private nextLine(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.listeners.add(done);
    });
  }

  private notify(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
