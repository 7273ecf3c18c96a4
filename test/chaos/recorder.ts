import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Ledger } from './ledger.js';
import { moment } from './moment.js';
import type { RecordedProcess, RecordedTurn } from './recorded-turn.js';

/** Where the nodes' turns are recorded, outside of the nodes: one connection per process, lines of turn-recorder.ts. */
export class Recorder {
  private readonly sockets = new Set<Socket>();
  private readonly listeners = new Set<() => void>();

  private constructor(
    private readonly server: Server,
    private readonly ledger: Ledger,
  ) {
    server.on('connection', (socket) => this.accept(socket));
  }

  static async start(ledger: Ledger): Promise<Recorder> {
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

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    const running = new Map<string, RecordedTurn>();
    let process: RecordedProcess | undefined;
    createInterface({ input: socket }).on('line', (line) => {
      const [verb, ...facts] = line.split(' ');
      if (verb === 'H') process = this.ledger.processOf(Number(facts[0]));
      else if (process) this.take(process, running, verb, facts);
      this.notify();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      // What ran when its process died ran no longer than this.
      for (const turn of running.values()) turn.end ??= moment();
      this.sockets.delete(socket);
      this.notify();
    });
  }

  private take(
    process: RecordedProcess,
    running: Map<string, RecordedTurn>,
    verb: string | undefined,
    facts: string[],
  ): void {
    const [first = '', second = '', third = '', object = '', activation = '', time = ''] = facts;
    if (verb === 'S') {
      const callId = third === '-' ? undefined : Number(third);
      const turn = { process, kind: second, callId, object, activation, start: Number(time), end: undefined };
      running.set(first, turn);
      this.ledger.started(turn);
    } else if (verb === 'E') {
      const turn = running.get(first);
      running.delete(first);
      if (turn) this.ledger.ended(turn, Number(second));
    } else if (verb === 'D') {
      process.deactivated += 1;
      if (third === 'fenced') process.fenced += 1;
    }
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
