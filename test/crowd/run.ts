import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Child } from '../support/child-process.js';
import { GoverseProcess } from '../support/goverse-process.js';
import { residentBytes } from '../support/process-memory.js';
import { RawClient } from '../support/raw-client.js';

const USAGE = `Connects a crowd of event streams to one gate, in processes of their own, and judges what it costs the gate.

  --clients <n>      event streams (default 10000)
  --processes <n>    processes they are spread over (default 2)
  --messages <n>     broadcasts while everybody reads, and again while nobody does (default 20)
`;

const MiB = 2 ** 20;
/** What the gate may grow by besides the queues of its clients. */
const FIXED_BYTES = 100 * MiB;
/** What a message of the fixture counts for in the queue of a client. */
const MESSAGE_BYTES = 64;
/** How much longer a call of a bystander may take beside the crowd. */
const SLOWER = 3;
const CALLS = 200;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '10000' },
    processes: { type: 'string', default: '2' },
    messages: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else process.exit((await main(Number(values.clients), Number(values.processes), Number(values.messages))) ? 0 : 1);

async function main(clients: number, processes: number, messages: number): Promise<boolean> {
  assertDescriptors(clients + 1_000);
  const node = await start('../fixtures/node.main.js', '--etcd', 'embedded');
  const gate = await start(
    '../../src/gate/goverse-gate.command.js',
    '--http-listen',
    '127.0.0.1:0',
    '--etcd',
    node.etcd!,
  );
  const bystander = new RawClient(gate.address);
  try {
    const calm = await latency(bystander);
    const before = residentBytes(gate.child.pid);
    const crowd = await gather(gate.http, clients, processes);
    const connected = residentBytes(gate.child.pid);
    await broadcast(bystander, messages);
    const crowded = await latency(bystander);
    const heard = await count(crowd, clients * messages);
    await Promise.all(crowd.map((child) => said(child, 'pause', /^paused/)));
    await broadcast(bystander, messages);
    const unread = residentBytes(gate.child.pid);
    const allowed = clients * messages * MESSAGE_BYTES + FIXED_BYTES;
    const grown = Math.max(connected, unread) - before;
    console.log(
      `clients ${clients}, connected: +${mib(connected - before)} MiB, unread messages: +${mib(unread - before)} MiB, allowed +${mib(allowed)} MiB`,
    );
    console.log(
      `messages heard ${heard} of ${clients * messages}; call of a bystander: ${calm.toFixed(2)} ms before, ${crowded.toFixed(2)} ms beside the crowd (median)`,
    );
    return grown <= allowed && heard === clients * messages && crowded <= SLOWER * calm && gate.child.running;
  } finally {
    bystander.close();
    await gate.child.kill();
    await node.child.kill();
  }
}

/** The compiled entry beside this one. */
function entryOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function start(entry: string, ...flags: string[]): Promise<GoverseProcess> {
  const args = [entryOf(entry), '--listen', '127.0.0.1:0', ...flags];
  return GoverseProcess.ready(new Child(process.execPath, args, { cwd: process.cwd() }));
}

async function gather(http: string, clients: number, processes: number): Promise<Child[]> {
  const share = Math.ceil(clients / processes);
  const crowd = Array.from({ length: processes }, (_, i) => {
    const size = Math.min(share, clients - i * share);
    const options = { limitMs: 120_000 };
    return new Child(process.execPath, [entryOf('./crowd.main.js'), http, String(size)], options);
  });
  await Promise.all(crowd.map((child) => child.line(/^open /)));
  return crowd;
}

/** Median time of a call, in milliseconds. */
async function latency(client: RawClient): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const began = performance.now();
    await client.call('Echo-bystander', 'Echo', i);
    times.push(performance.now() - began);
  }
  return times.toSorted((a, b) => a - b)[CALLS / 2]!;
}

async function broadcast(client: RawClient, messages: number): Promise<void> {
  for (let from = 0; from < messages; from++)
    await client.call('Pusher-crowd', 'Broadcast', { from }, { timeoutMs: 60_000 });
}

/** Messages the crowd has read, when it has read them all or reads no more. */
async function count(crowd: readonly Child[], wanted: number): Promise<number> {
  let heard = -1;
  for (;;) {
    const lines = await Promise.all(crowd.map((child) => said(child, 'count', /^messages /)));
    const now = lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
    if (now >= wanted || now === heard) return now;
    heard = now;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

function said(child: Child, command: string, answer: RegExp): Promise<string> {
  const from = child.printed;
  child.type(command);
  return child.line(answer, from);
}

/** Every connection is a descriptor of the gate, and of a process of the crowd. */
function assertDescriptors(wanted: number): void {
  const [, limit = '0'] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  if (Number(limit) < wanted)
    throw new Error(`${wanted} descriptors are needed and ${limit} allowed; run: ulimit -n ${wanted}`);
}

function mib(bytes: number): string {
  return (bytes / MiB).toFixed(1);
}
