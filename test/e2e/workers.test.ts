import { afterEach, describe, expect, it } from 'vitest';
import type { Child } from '../support/child-process.js';
import { freePorts, holdPort } from '../support/free-port.js';
import { spawnEntry } from '../support/goverse-process.js';
import { RawNode } from '../support/raw-node.js';
import { jsonAny, readJsonAny } from '../support/raw-protocol.js';

/** An etcd that the supervisor runs for its workers, on a port nobody waits for. */
const FLAGS = ['--etcd', 'embedded', '--workers', '2'];
/** For those who wait until the lease of a worker that was killed is over. */
const SHORT_LEASE = ['--lease-ttl-seconds', '2'];

describe('a process with several workers', () => {
  const children: Child[] = [];
  const clients: RawNode[] = [];

  const spawn = (flags: readonly string[], entry = 'test/fixtures/node.main.js', env: Record<string, string> = {}) => {
    const child = spawnEntry(entry, flags, { env });
    children.push(child);
    return child;
  };

  const connect = (address: string) => {
    const client = new RawNode(address);
    clients.push(client);
    return client;
  };

  /** Calls the object that lives on the node of this address and nowhere else. */
  const echo = async (address: string, value: number) =>
    readJsonAny((await connect(address).call(`${address}/Echo-here`, 'Echo', jsonAny(value)))!).data;

  /** Begins a turn that runs until its node gives up; resolves when it runs. */
  const hold = async (address: string) => {
    const node = connect(address);
    node.call(`${address}/Slow-here`, 'Hold').catch(() => undefined);
    await node.call(`${address}/Slow-here`, 'Running', jsonAny(1));
  };

  const ready = async (child: Child) => {
    const line = await child.line(/^ready node \S+ pid=\d+ workers=/);
    return (/workers=(\S+)/.exec(line)?.[1] ?? '').split(',');
  };

  const workerPid = async (child: Child, worker: number, from = 0) =>
    Number(/pid=(\d+)/.exec(await child.line(new RegExp(`^\\[worker ${worker}\\] ready node`), from))?.[1]);

  const untilGone = (pid: number) => expect.poll(() => isAlive(pid)).toBe(false);

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(children.splice(0).map((child) => child.kill()));
  });

  it('gives each an address, starts a crashed one again while the others serve, and drains all of them', async () => {
    const ports = await freePorts(2);
    const child = spawn([...FLAGS, ...SHORT_LEASE, '--listen', `127.0.0.1:${ports[0]}`]);
    const [one = '', two = ''] = await ready(child);
    expect([one, two]).toEqual(ports.map((port) => `127.0.0.1:${port}`));
    expect([await echo(one, 1), await echo(two, 2)]).toEqual([1, 2]);

    const printed = child.printed;
    process.kill(await workerPid(child, 2), 'SIGKILL');
    expect(await child.line(/worker 2 has ended \(SIGKILL\)/)).toMatch(/started again in \d+ ms/);
    expect(await echo(one, 3)).toBe(3);
    expect(await child.line(/worker 2 serves again/, printed)).toContain(two);
    expect(await echo(two, 4)).toBe(4);

    expect(await child.stop('SIGTERM')).toBe(0);
    expect(child.output.match(/^ready/gm)).toHaveLength(1);
    expect(child.output).not.toMatch(/worker 1 has ended/);
  });

  it('does not end with 0 when a worker could not be drained', async () => {
    const child = spawn([...FLAGS, '--listen', '127.0.0.1:0', '--drain-timeout-ms', '300']);
    const [, two = ''] = await ready(child);
    await hold(two);
    expect(await child.stop('SIGTERM')).toBe(1);
    expect(child.output).toMatch(/not all workers were drained: (1, )?2$/m);
  });

  it('ends at once with a second signal, and its workers with it', async () => {
    const child = spawn([...FLAGS, '--listen', '127.0.0.1:0']);
    const [one = ''] = await ready(child);
    const pids = [await workerPid(child, 1), await workerPid(child, 2)];
    await hold(one);
    const again = setInterval(() => child.send('SIGTERM'), 200);
    expect(await child.stop('SIGTERM')).toBe(1);
    clearInterval(again);
    for (const pid of pids) await untilGone(pid);
  });

  it('takes its workers along when it is killed itself', async () => {
    const child = spawn([...FLAGS, '--listen', '127.0.0.1:0']);
    await ready(child);
    const pids = [await workerPid(child, 1), await workerPid(child, 2)];
    await child.stop('SIGKILL');
    for (const pid of pids) await untilGone(pid);
  });

  it('says which port is taken, and leaves nothing behind', async () => {
    const ports = await freePorts(2);
    const holder = await holdPort(ports[1] as number);
    try {
      const child = spawn([...FLAGS, '--listen', `127.0.0.1:${ports[0]}`]);
      expect(await child.exit()).toBe(1);
      expect(child.output).toMatch(new RegExp(`^\\[worker 2\\].*127\\.0\\.0\\.1:${ports[1]}`, 'm'));
      expect(child.output).toMatch(/worker 2 could not be started \(exit code 1\)/);
      expect(child.output).not.toMatch(/^ready/m);
      await expect(echo(`127.0.0.1:${ports[0]}`, 1)).rejects.toThrow();
    } finally {
      holder.close();
    }
  });

  it.each([
    [
      'a count that is none',
      'test/fixtures/node.main.js',
      '0',
      /workers from the flag --workers is "0": allowed is .* to 256, or auto/,
    ],
    [
      'a process that is a gate too',
      'samples/chat/all.main.js',
      '2',
      /--workers is 2 in a process that is node and gate: start/,
    ],
  ])('refuses %s, saying what to do', async (_what, entry, count, message) => {
    const child = spawn(['--workers', count], entry);
    expect(await child.exit()).toBe(1);
    expect(child.output).toMatch(message);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
