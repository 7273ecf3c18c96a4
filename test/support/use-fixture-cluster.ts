import { afterAll, afterEach, beforeAll } from 'vitest';
import type { GoverseProcess } from './goverse-process.js';
import { startFixtureCluster } from './fixture-cluster.js';
import type { FixtureCluster } from './fixture-cluster.js';
import { RawClient } from './raw-client.js';
import { RawEventStream } from './raw-event-stream.js';
import { RawNode } from './raw-node.js';

/** The fixture as a suite uses it: processes for all its tests, connections for one. */
export interface FixtureUse {
  /** The first node; `rawNode` is connected to it. */
  readonly node: GoverseProcess;
  readonly otherNode: GoverseProcess;
  readonly gate: GoverseProcess;
  /** One more gate, in a process of its own. */
  startGate(): Promise<GoverseProcess>;
  /** Closes a connection after the test. */
  keep<T extends { close(): void }>(connection: T): T;
  /** True while no process has ended. */
  readonly alive: boolean;
  /** The first line of either node that matches. */
  logged(pattern: RegExp): Promise<string>;
  /** A connection to the gate; closed after the test. */
  client(): RawClient;
  /** A connection to the node; closed after the test. */
  rawNode(): RawNode;
  /** An event stream of the gate and the client it registered; closed after the test. */
  events(): Promise<{ stream: RawEventStream; clientId: string; token: string }>;
}

/** Starts the fixture's cluster for the suite that calls this, and ends it after the suite. */
export function useFixtureCluster(): FixtureUse {
  let cluster: FixtureCluster | undefined;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    cluster = await startFixtureCluster();
  });

  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
  });

  afterAll(() => cluster?.stop());

  const keep = <T extends { close(): void }>(connection: T): T => {
    open.push(connection);
    return connection;
  };

  return {
    get node() {
      return cluster!.nodes[0]!;
    },
    get otherNode() {
      return cluster!.nodes[1]!;
    },
    get alive() {
      return [...cluster!.nodes, cluster!.gate].every(({ child }) => child.running);
    },
    logged: (pattern) => Promise.any(cluster!.nodes.map(({ child }) => child.line(pattern))),
    get gate() {
      return cluster!.gate;
    },
    startGate: () => cluster!.start('test/fixtures/gate.main.js', '--http-listen', '127.0.0.1:0'),
    keep,
    client: () => keep(new RawClient(cluster!.gate.address)),
    rawNode: () => keep(new RawNode(cluster!.nodes[0]!.address)),
    events: async () => {
      const stream = keep(await RawEventStream.open(cluster!.gate.http));
      const { data } = await stream.next();
      return { stream, ...(data as { clientId: string; token: string }) };
    },
  };
}
