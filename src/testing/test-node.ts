import type { GoverseNodeOptions } from '../config/index.js';
import { GoverseNodeModule, NodeRuntime } from '../node/index.js';
import type { TestProcessParts } from './test-process.js';
import { createApp, TestProcess } from './test-process.js';

/** A node of a TestCluster. */
export class TestNode extends TestProcess {
  static async start(options: GoverseNodeOptions, parts: TestProcessParts): Promise<TestNode> {
    const app = await createApp({ ...parts, imports: [GoverseNodeModule.forRoot(options), ...parts.imports] });
    return new TestNode(app, app.get(NodeRuntime));
  }

  /** The objects that live on this node. */
  objects(): { type: string; id: string }[] {
    const { catalog } = this.app.get(NodeRuntime).membership;
    return catalog.list().map(({ type, id }) => ({ type, id }));
  }
}
