import { afterEach, describe, expect, it } from 'vitest';
import type { Child } from '../support/child-process.js';
import { freePort } from '../support/free-port.js';
import { GoverseProcess, spawnEntry } from '../support/goverse-process.js';

const processes: Child[] = [];

afterEach(async () => {
  await Promise.all(processes.splice(0).map((child) => child.kill()));
});

interface Chat {
  readonly child: Child;
  readonly gate: string;
}

async function startChat(gate = '127.0.0.1:0'): Promise<Chat> {
  const flags = ['--node-listen', '127.0.0.1:0', '--gate-listen', gate, '--http-listen', '127.0.0.1:0'];
  const child = spawnEntry('samples/chat/all.main.js', flags);
  processes.push(child);
  const line = await child.line(/^ready gate /);
  return { child, gate: line.split(' ')[2]! };
}

async function startSecondGate(chat: Chat): Promise<GoverseProcess> {
  const etcd = /etcd=(\S+)/.exec(await chat.child.line(/^ready node /))![1]!;
  const flags = ['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0', '--etcd', etcd];
  const gate = await GoverseProcess.start('samples/chat/gate.main.js', flags);
  processes.push(gate.child);
  return gate;
}

async function enter(user: string, ...gates: string[]): Promise<Child> {
  const flags = gates.flatMap((gate) => ['--gate', gate]);
  const child = spawnEntry('samples/chat/terminal.js', [...flags, '--room', 'lobby', '--user', user]);
  processes.push(child);
  await child.line(new RegExp(`you are ${user} in lobby`));
  return child;
}

describe('the terminal client', () => {
  it('lets two people talk over two gates, and leaves at the end of its input', async () => {
    const chat = await startChat();
    const other = await startSecondGate(chat);
    const ann = await enter('ann', chat.gate);
    const bob = await enter('bob', other.address);
    await ann.line(/^\* bob joined$/);
    expect(bob.output).toMatch(/here: ann, bob/);
    ann.type('hello from the first gate');
    await bob.line(/ann: hello from the first gate$/);
    await ann.line(/ann: hello from the first gate$/);
    bob.type('/members');
    await bob.line(/^\* here: ann, bob$/);
    const before = bob.printed;
    bob.type('/history');
    await bob.line(/ann: hello from the first gate$/, before);
    bob.type('said at the end');
    bob.endInput();
    expect(await bob.exit()).toBe(0);
    await ann.line(/bob: said at the end$/);
    await ann.line(/^\* bob left$/);
  });

  it('leaves at Ctrl-C and at /quit', async () => {
    const { gate } = await startChat();
    const [ann, bob, eve] = [await enter('ann', gate), await enter('bob', gate), await enter('eve', gate)];
    expect(await bob.stop('SIGINT')).toBe(0);
    await ann.line(/^\* bob left$/);
    eve.type('/quit');
    expect(await eve.exit()).toBe(0);
    await ann.line(/^\* eve left$/);
    ann.type('/dance');
    await ann.line(/there is no command \/dance/);
  });

  it('comes back when its gate does, and joins again', async () => {
    const chat = await startChat(`127.0.0.1:${await freePort()}`);
    const ann = await enter('ann', chat.gate);
    await chat.child.kill();
    await ann.line(/^\* connection lost/);
    await startChat(chat.gate);
    await ann.line(/^\* connected again$/);
    ann.type('back');
    await ann.line(/ann: back$/);
  });

  it('says what is wrong when no gate answers, and with which options it starts', async () => {
    const lost = spawnEntry('samples/chat/terminal.js', ['--gate', '127.0.0.1:1', '--user', 'ann']);
    const usage = spawnEntry('samples/chat/terminal.js', ['--help']);
    processes.push(lost, usage);
    await usage.line(/--room/);
    expect(await usage.exit()).toBe(0);
    await lost.line(/No gate registered this client within 10000 ms \(grpc:\/\/127\.0\.0\.1:1\)/);
    expect(await lost.exit()).toBe(1);
  });
});
