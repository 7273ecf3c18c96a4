import type { GoverseGateOptions } from '../config/index.js';
import { GateRuntime, GoverseGateModule } from '../gate/index.js';
import type { TestProcessParts } from './test-process.js';
import { createApp, place, TestProcess } from './test-process.js';

/** A gate of a TestCluster. */
export class TestGate extends TestProcess {
  static async start(options: GoverseGateOptions, parts: TestProcessParts): Promise<TestGate> {
    const placed = await place(parts);
    const app = await createApp({ ...placed, imports: [GoverseGateModule.forRoot(options), ...parts.imports] });
    return new TestGate(app, app.get(GateRuntime), placed);
  }

  /** `host:port` of the HTTP server. */
  get httpAddress(): string | undefined {
    return this.app.get(GateRuntime).httpAddress;
  }
}
