import type { Child } from './child-process.js';
import { GoverseProcess, spawnEntry } from './goverse-process.js';
import { RawNode } from './raw-node.js';

/** Nodes, gates and terminals of the chat sample as processes, on one etcd; all of them end with `stop`. */
export class ChatProcesses {
  private readonly children: Child[] = [];

  constructor(
    private readonly etcd: string,
    private readonly flags: readonly string[] = [],
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  startNode(...flags: string[]): Promise<GoverseProcess> {
    return this.ready(this.spawn('node', ['--listen', '127.0.0.1:0', ...flags]));
  }

  startGate(...flags: string[]): Promise<GoverseProcess> {
    return this.ready(this.spawn('gate', ['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0', ...flags]));
  }

  /** Starts a node or a gate and waits for nothing; of a flag given twice the last counts. */
  spawn(role: 'node' | 'gate', flags: readonly string[] = []): Child {
    return this.keep(
      spawnEntry(`samples/chat/${role}.main.js`, ['--etcd', this.etcd, ...this.flags, ...flags], { env: this.env }),
    );
  }

  /** A terminal client that has joined a room. */
  async enter(gate: string, room: string, user: string): Promise<Child> {
    const terminal = this.keep(
      spawnEntry('samples/chat/terminal.js', ['--gate', gate, '--room', room, '--user', user]),
    );
    await terminal.line(new RegExp(`^\\* you are ${user} in ${room}`));
    return terminal;
  }

  keep(child: Child): Child {
    this.children.push(child);
    return child;
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.splice(0).map((child) => child.kill()));
  }

  private ready(child: Child): Promise<GoverseProcess> {
    return GoverseProcess.ready(child);
  }
}

/** Ids of the objects that live on each node, in the order of the nodes. */
export async function objectsOf(nodes: readonly GoverseProcess[]): Promise<string[][]> {
  return Promise.all(
    nodes.map(async ({ address }) => {
      const node = new RawNode(address);
      try {
        return (await node.listObjects()).map(({ id }) => id);
      } finally {
        node.close();
      }
    }),
  );
}
