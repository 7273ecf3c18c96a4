import type { DynamicModule, ModuleMetadata } from '@nestjs/common';
import type { TestingModule, TestingModuleBuilder } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import type { Clock } from '../core/index.js';
import { PROCESS_CLOCK, systemClock } from '../core/index.js';
import { GoverseService } from '../routing/index.js';
import { PEER_ROUTE } from '../rpc/index.js';
import { Switchboard } from './switchboard.js';
import type { NetworkMember } from './test-network.js';
import { TestNetwork } from './test-network.js';

/** What the user's own modules of a process are made of, and what it takes from its surroundings. */
export interface TestProcessParts {
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  readonly providers: NonNullable<ModuleMetadata['providers']>;
  readonly configure?: ((builder: TestingModuleBuilder) => TestingModuleBuilder | void) | undefined;
  /** Those of the cluster; a process that is started alone has its own, and etcd is not behind it. */
  readonly network?: TestNetwork;
  readonly board?: Switchboard;
}

/** The same with everything it stands on. */
export interface PlacedParts extends TestProcessParts {
  readonly network: TestNetwork;
  readonly board: Switchboard;
  readonly clock?: Clock;
  /** Of a process that was started alone: taken down with it. */
  readonly alone: boolean;
}

/** What a node or a gate has in common in a TestCluster. */
export interface TestRuntime {
  readonly address: string;
  peers(): string[];
  whenReady(): Promise<void>;
  kill(): Promise<void> | void;
}

/** One node or gate of a TestCluster: an application of its own, in the process of the test. */
export class TestProcess implements NetworkMember {
  protected readonly network: TestNetwork;
  /** @internal What its connections pass through. */
  readonly board: Switchboard;
  private readonly alone: boolean;
  private ended: Promise<void> | undefined;

  protected constructor(
    /** The Nest application; `app.get(...)` finds its providers. */
    readonly app: TestingModule,
    private readonly runtime: TestRuntime,
    { network, board, alone }: PlacedParts,
  ) {
    this.network = network;
    this.board = board;
    this.alone = alone;
    network.add(this);
  }

  /** Advertised `host:port`. */
  get address(): string {
    return this.runtime.address;
  }

  /** False after `stop`, `drain` or `kill`. */
  get alive(): boolean {
    return this.ended === undefined;
  }

  /** GoverseService of this process. */
  get goverse(): GoverseService {
    return this.app.get(GoverseService, { strict: false });
  }

  /** Addresses of the nodes it has a connection for. */
  peers(): string[] {
    return this.runtime.peers();
  }

  /** Resolves when this process can serve. */
  whenReady(): Promise<void> {
    return this.runtime.whenReady();
  }

  /** Drains and leaves, as on SIGTERM; one that was paused goes on first. Idempotent. */
  stop(): Promise<void> {
    return this.end(() => this.app.close());
  }

  /** The same as `stop`: every shard is handed over without a failed call, then the process is gone. */
  drain(): Promise<void> {
    return this.stop();
  }

  /** Crashes, as on SIGKILL: nothing is handed over, the lease is left to expire. Idempotent. */
  kill(): Promise<void> {
    return this.end(async () => this.runtime.kill());
  }

  /** Breaks its connections to etcd and refuses new ones, until `mendEtcd`. Peers and clients still reach it. */
  cutFromEtcd(): void {
    this.network.cutFromEtcd(this);
  }

  mendEtcd(): void {
    this.network.mendEtcd(this);
  }

  /** Breaks the connections between the two, in both directions, and refuses new ones, until `mendPeer`. */
  cutFromPeer(peer: TestProcess): void {
    this.network.cut(this, peer);
  }

  mendPeer(peer: TestProcess): void {
    this.network.mend(this, peer);
  }

  /** Lets what stands still go on. */
  protected wake(): void {
    this.network.resume(this);
  }

  private end(how: () => Promise<void>): Promise<void> {
    return (this.ended ??= (async () => {
      this.wake();
      await how();
      this.network.remove(this);
      if (this.alone) await this.board.stop();
    })());
  }
}

/** Adds what the process stands on, if the cluster has not given it. */
export async function place(parts: TestProcessParts): Promise<PlacedParts> {
  const { network = new TestNetwork(), board } = parts;
  return { ...parts, network, board: board ?? (await Switchboard.start([])), alone: board === undefined };
}

/** Builds and initialises the application of one process. */
export async function createApp(parts: PlacedParts): Promise<TestingModule> {
  const { imports, providers, configure } = parts;
  const builder = Test.createTestingModule({ imports: [surroundings(parts), ...imports], providers });
  const configured = configure?.(builder) ?? builder;
  const app = await configured.compile();
  return app.init();
}

function surroundings({ board, clock = systemClock }: PlacedParts): DynamicModule {
  class TestSurroundings {}
  return {
    module: TestSurroundings,
    global: true,
    providers: [
      { provide: PEER_ROUTE, useValue: board.route },
      { provide: PROCESS_CLOCK, useValue: clock },
    ],
    exports: [PEER_ROUTE, PROCESS_CLOCK],
  };
}
