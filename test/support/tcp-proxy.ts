import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { ownsPort } from './socket-owner.js';

/** Stands between a client and a server on this machine, to break their connections in the ways networks do. */
export class TcpProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private refusing = false;
  private holding = false;
  private swallowIn = 0;
  /** Bytes from the target, by connection, since `mark`. */
  private readonly received = new Map<Socket, number>();
  /** Processes whose connections carry nothing. */
  private readonly severed = new Set<number>();

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  static async start(target: string): Promise<TcpProxy> {
    const [host, port] = target.split(':');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, { host: host!, port: Number(port) });
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Half-open: the connections of now carry nothing any more, new ones work. */
  freezeConnections(): void {
    for (const pair of this.pairs) freeze(pair);
  }

  /** Begins to count anew what connections get from the target. */
  mark(): void {
    this.received.clear();
  }

  /** Half-open like `freezeConnections`, for those that got at least so many bytes since `mark`. Returns how many. */
  freezeThoseThatGot(bytes: number): number {
    const busy = [...this.pairs].filter(([client]) => (this.received.get(client) ?? 0) >= bytes);
    busy.forEach(freeze);
    return busy.length;
  }

  /** From now on nothing passes between the target and this process, as when packets are lost; nobody is told. */
  async sever(pid: number): Promise<void> {
    this.severed.add(pid);
    await Promise.all(
      [...this.pairs].map(async (pair) => {
        if (await ownsPort(pid, pair[0].remotePort ?? 0)) freeze(pair);
      }),
    );
  }

  /** Lets new connections of this process through; those that were severed are ended. */
  async unsever(pid: number): Promise<void> {
    this.severed.delete(pid);
    await Promise.all(
      [...this.pairs].map(async ([client]) => {
        if (await ownsPort(pid, client.remotePort ?? 0)) client.destroy();
      }),
    );
  }

  /** What clients send waits here until `releaseRequests`; what the target sends still reaches them. */
  holdRequests(): void {
    this.holding = true;
    for (const [client, server] of this.pairs) client.unpipe(server).pause();
  }

  releaseRequests(): void {
    this.holding = false;
    for (const [client, server] of this.pairs) client.pipe(server);
  }

  /** The connection that comes after so many more is taken and carries nothing. */
  swallowOneAfter(more: number): void {
    this.swallowIn = more + 1;
  }

  /** Ends all connections and refuses new ones until `mend`. */
  cut(): void {
    this.refusing = true;
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  mend(): void {
    this.refusing = false;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    if (this.refusing) return void client.destroy();
    const server = connect(this.target);
    const pair = [client, server] as const;
    this.pairs.add(pair);
    server.on('data', ({ length }: Buffer) => this.received.set(client, (this.received.get(client) ?? 0) + length));
    server.pause();
    for (const [socket, other] of [pair, [server, client] as const]) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.pairs.delete(pair);
        this.received.delete(client);
        other.destroy();
      });
    }
    if (this.swallowIn > 0 && --this.swallowIn === 0) return freeze(pair);
    void this.join(client, server);
  }

  private async join(client: Socket, server: Socket): Promise<void> {
    for (const pid of this.severed) {
      if (await ownsPort(pid, client.remotePort ?? 0)) return freeze([client, server]);
    }
    if (!this.holding) client.pipe(server);
    server.pipe(client);
  }
}

function freeze([client, server]: readonly [Socket, Socket]): void {
  client.pause();
  server.pause();
  client.unpipe(server);
  server.unpipe(client);
  client.on('data', () => {});
  server.on('data', () => {});
}
