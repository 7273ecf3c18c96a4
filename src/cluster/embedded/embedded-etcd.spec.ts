import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { credentials, Client, type ClientDuplexStream } from '@grpc/grpc-js';
import { Etcd3 } from 'etcd3';
import { afterEach, describe, expect, it } from 'vitest';
import { EmbeddedEtcd } from './index.js';

describe('EmbeddedEtcd', () => {
  const running: { stop(): unknown }[] = [];

  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  async function start(options?: Parameters<typeof EmbeddedEtcd.start>[0]): Promise<EmbeddedEtcd> {
    const etcd = await EmbeddedEtcd.start(options);
    running.push(etcd);
    return etcd;
  }

  function clientOf(etcd: EmbeddedEtcd): Etcd3 {
    const client = new Etcd3({ hosts: etcd.address });
    running.push({ stop: () => client.close() });
    return client;
  }

  it('runs twice in one process, each with its own keys', async () => {
    const [one, two] = [
      clientOf(await start({ listen: '127.0.0.1:0' })),
      clientOf(await start({ listen: '127.0.0.1:0' })),
    ];
    await one.put('key').value('one');
    expect(await one.get('key').string()).toBe('one');
    expect(await two.get('key').string()).toBeNull();
  });

  it("takes etcd's own port or, where that is taken, a free one", async () => {
    const [first, second] = [await start(), await start()];
    expect(second.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(second.address).not.toBe('127.0.0.1:2379');
    expect(second.address).not.toBe(first.address);
    expect(await clientOf(second).get('any').string()).toBeNull();
  });

  it('says at start where it is and that it keeps nothing', async () => {
    const lines: string[] = [];
    const etcd = await start({ listen: 'localhost:0', logger: (line) => lines.push(line) });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(etcd.address);
    expect(lines[0]).toContain('keeps nothing');
  });

  it('refuses an address that others can reach', async () => {
    await expect(EmbeddedEtcd.start({ listen: '0.0.0.0:0' })).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/0\.0\.0\.0:0.*run a real etcd/),
    });
  });

  it('names the port that is taken, and leaves nothing behind', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    running.push({ stop: () => holder.close() });
    const { port } = holder.address() as { port: number };
    await expect(EmbeddedEtcd.start({ listen: `127.0.0.1:${port}` })).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it('ends open streams with UNAVAILABLE, frees its port and can be stopped again', async () => {
    const etcd = await start({ listen: '127.0.0.1:0' });
    const client = new Client(etcd.address, credentials.createInsecure());
    running.push({ stop: () => client.close() });
    const statuses = ['Watch/Watch', 'Lease/LeaseKeepAlive'].map((path) => statusOf(openStream(client, path)));
    await new Promise<void>((resolve, reject) =>
      client.waitForReady(Date.now() + 5_000, (error) => (error ? reject(error) : resolve())),
    );
    await clientOf(etcd).get('both streams are open when this is answered');
    await Promise.all([etcd.stop(), etcd.stop()]);
    for (const status of await Promise.all(statuses)) expect(status.code).toBe(14);
    const socket = connect(Number(etcd.address.split(':')[1]), '127.0.0.1');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    const again = await start({ listen: etcd.address });
    expect(again.address).toBe(etcd.address);
  });
});

type RawStream = ClientDuplexStream<Buffer, Buffer>;

function openStream(client: Client, path: string): RawStream {
  const asIs = (bytes: Buffer) => bytes;
  return client.makeBidiStreamRequest<Buffer, Buffer>(`/etcdserverpb.${path}`, asIs, asIs);
}

function statusOf(stream: RawStream): Promise<{ code: number; details: string }> {
  stream.on('error', () => undefined);
  stream.resume();
  return new Promise((resolve) => stream.on('status', resolve));
}
