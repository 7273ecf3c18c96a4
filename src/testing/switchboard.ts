import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { PeerRoute } from '../rpc/index.js';
import { TestLine } from './test-line.js';

/**
 * All connections that one process of a TestCluster opens to peers and to etcd pass through here, so that they can be
 * held up or cut. Peers are dialled with HTTP CONNECT, which grpc-js speaks
 * (https://github.com/grpc/proposal/blob/master/A1-http-connect-proxy-support.md).
 */
export class Switchboard {
  /** By the address of the peer. */
  private readonly lines = new Map<string, TestLine>();
  private readonly relays: { readonly scheme: string; readonly server: TcpServer; readonly line: TestLine }[] = [];
  private allHeld = false;

  private constructor(private readonly server: Server) {
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      this.lineTo(request.url ?? '').connect(socket);
    });
  }

  /** @param etcd endpoints that are to be reached through it */
  static async start(etcd: readonly string[]): Promise<Switchboard> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const board = new Switchboard(server);
    for (const endpoint of etcd) await board.relay(endpoint);
    return board;
  }

  /** Endpoints that lead to those of etcd. */
  get etcd(): string[] {
    return this.relays.map(({ scheme, server }) => `${scheme}${addressOf(server)}`);
  }

  readonly route: PeerRoute = (address) => ({
    dial: addressOf(this.server),
    channelOptions: { 'grpc.http_connect_target': `dns:${address}`, 'grpc.default_authority': address },
    connect: () => this.connect(address),
  });

  lineTo(address: string): TestLine {
    let line = this.lines.get(address);
    if (!line) {
      this.lines.set(address, (line = new TestLine(address)));
      if (this.allHeld) line.hold();
    }
    return line;
  }

  /** The lines to etcd. */
  get etcdLines(): TestLine[] {
    return this.relays.map(({ line }) => line);
  }

  /** Nothing passes in either direction, until `releaseAll`. */
  holdAll(): void {
    if (this.allHeld) return;
    this.allHeld = true;
    for (const line of [...this.lines.values(), ...this.etcdLines]) line.hold();
  }

  releaseAll(): void {
    if (!this.allHeld) return;
    this.allHeld = false;
    for (const line of [...this.lines.values(), ...this.etcdLines]) line.release();
  }

  async stop(): Promise<void> {
    for (const line of [...this.lines.values(), ...this.etcdLines]) line.close();
    const servers = [this.server, ...this.relays.map(({ server }) => server)];
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private connect(address: string): Promise<Socket> {
    const { port } = this.server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port, method: 'CONNECT', path: address, agent: false });
      asking.once('connect', (_answer, socket) => resolve(socket));
      asking.once('error', reject).end();
    });
  }

  private async relay(endpoint: string): Promise<void> {
    const [scheme = ''] = /^https?:\/\//.exec(endpoint) ?? [];
    const line = new TestLine(endpoint.slice(scheme.length).replace(/\/$/, ''));
    const server = createTcpServer((socket) => line.connect(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.relays.push({ scheme, server, line });
  }
}

function addressOf(server: TcpServer): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
