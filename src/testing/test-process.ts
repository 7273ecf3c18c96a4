import type { ModuleMetadata } from '@nestjs/common';
import type { TestingModule, TestingModuleBuilder } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { GoverseService } from '../routing/index.js';

/** What the user's own modules of a process are made of. */
export interface TestProcessParts {
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  readonly providers: NonNullable<ModuleMetadata['providers']>;
  readonly configure?: ((builder: TestingModuleBuilder) => TestingModuleBuilder | void) | undefined;
}

/** What a node or a gate has in common in a TestCluster. */
export interface TestRuntime {
  readonly address: string;
  whenReady(): Promise<void>;
  kill(): Promise<void> | void;
}

/** One node or gate of a TestCluster: an application of its own, in the process of the test. */
export class TestProcess {
  private ended: Promise<void> | undefined;

  protected constructor(
    /** The Nest application; `app.get(...)` finds its providers. */
    readonly app: TestingModule,
    private readonly runtime: TestRuntime,
  ) {}

  /** Advertised `host:port`. */
  get address(): string {
    return this.runtime.address;
  }

  /** False after `stop` or `kill`. */
  get alive(): boolean {
    return this.ended === undefined;
  }

  /** GoverseService of this process. */
  get goverse(): GoverseService {
    return this.app.get(GoverseService, { strict: false });
  }

  /** Resolves when this process can serve. */
  whenReady(): Promise<void> {
    return this.runtime.whenReady();
  }

  /** Drains and leaves, as on SIGTERM. Idempotent. */
  stop(): Promise<void> {
    return (this.ended ??= this.app.close());
  }

  /** Crashes: nothing is handed over, the lease is left to expire. Idempotent. */
  kill(): Promise<void> {
    return (this.ended ??= Promise.resolve(this.runtime.kill()));
  }
}

/** Builds and initialises the application of one process. */
export async function createApp({ imports, providers, configure }: TestProcessParts): Promise<TestingModule> {
  const builder = Test.createTestingModule({ imports, providers });
  const configured = configure?.(builder) ?? builder;
  const app = await configured.compile();
  return app.init();
}
