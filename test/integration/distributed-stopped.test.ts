import { describe, expect, it } from 'vitest';
import { GoverseObject, Method } from '../../src/index.js';
import { TestCluster } from '../../src/testing/index.js';

@GoverseObject()
class Bell {
  @Method()
  ring(): string {
    return 'rings';
  }
}

describe('a node that has stopped', () => {
  it('refuses calls at once instead of waiting for an owner, also when it is stopped twice', async () => {
    const cluster = await TestCluster.start({ nodes: 1, gates: 0, providers: [Bell] });
    const [node] = cluster.nodes;
    expect(await node!.goverse.object(Bell, 'a').ring()).toBe('rings');
    await Promise.all([node!.app.close(), node!.app.close()]);
    await node!.app.close();
    const began = performance.now();
    await expect(node!.goverse.object(Bell, 'a').ring()).rejects.toMatchObject({
      reason: 'NOT_READY',
      message: expect.stringContaining('has stopped'),
    });
    expect(performance.now() - began).toBeLessThan(5_000);
    await expect(node!.goverse.whenReady()).rejects.toMatchObject({ reason: 'NOT_READY' });
    await cluster.stop();
  });
});
