import { afterEach, describe, expect, it } from 'vitest';
import { Child } from '../support/child-process.js';
import { GoverseProcess, spawnEntry } from '../support/goverse-process.js';
import { copyProject } from '../support/project-copy.js';
import { RawClient } from '../support/raw-client.js';

const FREE_PORTS = ['--node-listen', '127.0.0.1:0', '--gate-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];

describe('npm start', () => {
  const children: Child[] = [];
  const keep = (child: Child) => {
    children.push(child);
    return child;
  };

  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill()));
  });

  /** Checks that what the `ready` lines promise is there; resolves with the gate. */
  const use = async (child: Child): Promise<void> => {
    const node = await GoverseProcess.ready(child);
    expect(await child.line(/^ready node/)).toMatch(
      new RegExp(`^ready node ${node.address} pid=\\d+ etcd=127\\.0\\.0\\.1:\\d+$`),
    );
    const gate = await GoverseProcess.ready(
      child,
      child.output.split('\n').findIndex((line) => line.startsWith('ready node')) + 1,
    );
    const page = await fetch(`http://${gate.http}/`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    expect(await page.text()).toMatch(/<html[^>]* lang=/);
    expect((await fetch(`http://${gate.http}/readyz`)).status).toBe(200);
    const client = new RawClient(gate.address);
    expect(await client.call('ChatRoom-lobby', 'Members')).toEqual([]);
    client.close();
  };

  it('is a whole cluster, and SIGTERM drains it', async () => {
    const child = keep(spawnEntry('samples/chat/all.main.js', FREE_PORTS));
    await child.line(/^ready gate/);
    await use(child);
    expect(await child.stop('SIGTERM')).toBe(0);
  });

  it('drains at Ctrl-C too, of which npm tells it a second time', async () => {
    const child = keep(spawnEntry('samples/chat/all.main.js', FREE_PORTS));
    await child.line(/^ready gate/);
    child.send('SIGINT');
    expect(await child.stop('SIGINT')).toBe(0);
  });

  it('builds first and then says where it is', async () => {
    const { folder, remove } = await copyProject();
    try {
      const child = keep(
        new Child('npm', ['start', '--', ...FREE_PORTS], { cwd: folder, group: true, limitMs: 100_000 }),
      );
      await child.line(/^ready gate/);
      await use(child);
      expect(await child.stop('SIGTERM')).toBe(0);
    } finally {
      await Promise.all(children.map((child) => child.kill()));
      await remove();
    }
  }, 150_000);
});
