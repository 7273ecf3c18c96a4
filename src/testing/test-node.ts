import type { TestingModule } from '@nestjs/testing';
import type { GoverseNodeOptions } from '../config/index.js';
import type { Readiness } from '../observability/index.js';
import { GoverseNodeModule, NodeRuntime } from '../node/index.js';
import { PausableClock } from './pausable-clock.js';
import type { PlacedParts, TestProcessParts } from './test-process.js';
import { createApp, place, TestProcess } from './test-process.js';

/** A node of a TestCluster. */
export class TestNode extends TestProcess {
  private constructor(
    app: TestingModule,
    parts: PlacedParts,
    private readonly clock: PausableClock,
  ) {
    super(app, app.get(NodeRuntime), parts);
  }

  static async start(options: GoverseNodeOptions, parts: TestProcessParts): Promise<TestNode> {
    const clock = new PausableClock();
    const placed = { ...(await place(parts)), clock };
    const imports = [GoverseNodeModule.forRoot(options), ...parts.imports];
    return new TestNode(await createApp({ ...placed, imports }), placed, clock);
  }

  /** The objects that live on this node. */
  objects(): { type: string; id: string }[] {
    const { catalog } = this.app.get(NodeRuntime).membership;
    return catalog.list().map(({ type, id }) => ({ type, id }));
  }

  /** Addresses of the gates that are registered here for pushes. */
  registeredGates(): string[] {
    return this.app.get(NodeRuntime).gates.gates();
  }

  /** Whether it can serve, and if not, why. */
  get readiness(): Readiness {
    return this.app.get(NodeRuntime).readiness;
  }

  /**
   * Stands still like a process under SIGSTOP, until `resume`: time goes on, but no keepalive leaves, no timer of the
   * framework or of an object fires, and nothing that others send arrives, so no turn begins for them; connections stay.
   *
   * It is one process with the test, so a turn that runs goes on as far as it needs nothing from outside, and what the
   * test itself calls through this node's `goverse` is still executed while the node's lease lasts. For turns that
   * sleep in the middle of a statement use a process of its own and a real SIGSTOP.
   */
  pause(): void {
    this.clock.pause();
    this.network.pause(this);
  }

  /** Wakes up; a node that slept longer than its lease fences itself and joins again. */
  resume(): void {
    this.wake();
  }

  protected override wake(): void {
    super.wake();
    this.clock.resume();
  }
}
