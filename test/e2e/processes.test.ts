import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Child } from '../support/child-process.js';
import { ChatProcesses, objectsOf } from '../support/chat-processes.js';
import { GoverseProcess } from '../support/goverse-process.js';
import { copyProject } from '../support/project-copy.js';
import { RawClient } from '../support/raw-client.js';
import { realEtcdAvailable, startRealEtcd } from '../support/real-etcd.js';
import type { RealEtcd } from '../support/real-etcd.js';

const ROOMS = Array.from({ length: 60 }, (_, n) => `ChatRoom-room${n}`);
const TTL = ['--lease-ttl-seconds', '3'];

const unique = (ids: readonly string[]) => new Set(ids).size;

describe.skipIf(!(await realEtcdAvailable()))('the chat as nodes and gates in processes of their own', () => {
  let etcd: RealEtcd;
  let processes: ChatProcesses;
  const nodes: GoverseProcess[] = [];
  const gates: GoverseProcess[] = [];
  let client: RawClient;

  const membersOf = (room: string) => client.call(room, 'Members');
  const visitAll = () => Promise.all(ROOMS.map(membersOf));

  beforeAll(async () => {
    etcd = await startRealEtcd();
    processes = new ChatProcesses(etcd.endpoint, TTL);
    nodes.push(...(await Promise.all([processes.startNode(), processes.startNode()])));
    gates.push(...(await Promise.all([processes.startGate(), processes.startGate()])));
    client = new RawClient(gates[0]!.address);
  });

  afterAll(async () => {
    client?.close();
    await processes?.stop();
    await etcd?.stop();
  });

  it('lets two terminals on different gates chat in one room', async () => {
    const ann = await processes.enter(gates[0]!.address, 'lobby', 'ann');
    const bob = await processes.enter(gates[1]!.address, 'lobby', 'bob');
    await ann.line(/^\* bob joined$/);
    ann.type('hello from the first gate');
    await bob.line(/ann: hello from the first gate$/);
    bob.type('hello from the second');
    await ann.line(/bob: hello from the second$/);
    bob.type('/quit');
    expect(await bob.exit()).toBe(0);
    await ann.line(/^\* bob left$/);
    ann.endInput();
    expect(await ann.exit()).toBe(0);
  });

  it('puts rooms on both nodes and none on two', async () => {
    await visitAll();
    const [first, second] = await objectsOf(nodes);
    expect(unique([...first!, ...second!])).toBe(first!.length + second!.length);
    expect([...first!, ...second!]).toEqual(expect.arrayContaining(ROOMS));
    // Shares are even; 60 ids fall on two halves like coins.
    for (const ids of [first!, second!]) expect(ids.length).toBeGreaterThan(10);
  });

  it('gives a node that comes later its share', async () => {
    const third = await processes.startNode();
    nodes.push(third);
    await visitAll();
    const ids = await objectsOf(nodes);
    expect(unique(ids.flat())).toBe(ids.flat().length);
    expect(ids.flat()).toEqual(expect.arrayContaining(ROOMS));
    for (const each of ids) expect(each.length).toBeGreaterThan(5);
  });

  it('hands the share of a node over that gets SIGTERM, while every room answers', async () => {
    const leaving = nodes.shift()!;
    let gone = false;
    const left = leaving.child.stop('SIGTERM').finally(() => (gone = true));
    let rounds = 0;
    // Any call that fails fails the test.
    while (!gone || rounds === 0) {
      await visitAll();
      rounds += 1;
    }
    expect(await left).toBe(0);
    await visitAll();
    const ids = await objectsOf(nodes);
    expect(unique(ids.flat())).toBe(ids.flat().length);
    expect(ids.flat()).toEqual(expect.arrayContaining(ROOMS));
  });

  it('serves the rooms of a node that is killed again, and no call for them fails', async () => {
    const victim = await processes.startNode();
    await visitAll();
    const [lost] = await objectsOf([victim]);
    expect(lost!.length).toBeGreaterThan(0);
    await victim.child.kill();
    await Promise.all(lost!.map(membersOf));
  });

  it('ends the streams of a gate that gets SIGTERM with one status, and the gate with 0', async () => {
    const gate = gates.pop()!;
    const leaving = new RawClient(gate.address);
    const { stream } = await leaving.register();
    expect(await gate.child.stop('SIGTERM')).toBe(0);
    expect(await stream.ended()).toMatchObject({ code: 'UNAVAILABLE' });
    leaving.close();
    expect(await client.call('ChatRoom-after', 'Members')).toEqual([]);
  });

  it('runs with nest start', async () => {
    const { folder, remove } = await copyProject();
    const options = { cwd: folder, group: true, limitMs: 110_000 };
    const prefix = ['--etcd', etcd.endpoint, '--etcd-prefix', '/nest-start'];
    try {
      const start = async (project: string, ...flags: string[]) => {
        const command = ['nest', 'start', project, '--', '--listen', '127.0.0.1:0', ...flags, ...prefix];
        return GoverseProcess.ready(processes.keep(new Child('npx', command, options)));
      };
      await start('node');
      const gate = await start('gate', '--http-listen', '127.0.0.1:0');
      const terminal = await processes.enter(gate.address, 'lobby', 'ann');
      terminal.type('started by nest');
      await terminal.line(/ann: started by nest$/);
    } finally {
      await processes.stop();
      await remove();
    }
  }, 240_000);
});
