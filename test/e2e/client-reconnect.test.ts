import type { ConnectionChange, PushGap } from 'nestjs-goverse/client';
import { GoverseClient } from 'nestjs-goverse/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GateProcesses } from '../support/gate-processes.js';
import type { GoverseProcess } from '../support/goverse-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';

interface Note {
  readonly n: number;
}

let processes: GateProcesses;
/** Stays for all tests; others are killed. */
let rock: GoverseProcess;
/** Stays too; clients reach it over proxies that break. */
let gate: GoverseProcess;
let driver: GoverseClient;
const open: { close?(): unknown; stop?(): unknown }[] = [];

beforeAll(async () => {
  processes = await GateProcesses.start();
  [rock, gate] = await Promise.all([processes.startGate(), processes.startGate()]);
  driver = await GoverseClient.connect(`grpc://${rock.address}`);
});

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await (one.close?.() ?? one.stop?.());
});

afterAll(async () => {
  await driver?.close();
  await processes?.stop();
});

describe.each(['grpc', 'ws', 'http'] as const)('A client over %s that loses its gate', (scheme) => {
  const addressOf = (gate: GoverseProcess) => (scheme === 'grpc' ? gate.address : gate.http);

  async function connect(...addresses: string[]): Promise<{ client: GoverseClient; seen: number[]; gaps: PushGap[] }> {
    const urls = addresses.map((address) => `${scheme}://${address}`);
    const client = await GoverseClient.connect(urls, { backoffMs: 20, maxBackoffMs: 200 });
    open.push(client);
    const [seen, gaps]: [number[], PushGap[]] = [[], []];
    client.on<Note>('Note', ({ n }) => seen.push(n));
    client.onGap((gap) => gaps.push(gap));
    return { client, seen, gaps };
  }

  const push = (clientId: string, from: number, count: number) =>
    driver.callObject(`Pusher-${scheme}`, 'Push', { clientIds: [clientId], from, count });

  const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

  function nextState(client: GoverseClient, state: ConnectionChange['state']): Promise<ConnectionChange> {
    return new Promise((resolve) => {
      const off = client.onState((change) => {
        if (change.state !== state) return;
        off();
        resolve(change);
      });
    });
  }

  it('keeps its id over a broken connection, and gets what was pushed meanwhile, once and in order', async () => {
    const proxy = await TcpProxy.start(addressOf(gate));
    open.push(proxy);
    const { client, seen, gaps } = await connect(proxy.endpoint);
    const { clientId } = client;
    await push(clientId, 0, 50);
    await expect.poll(() => seen.length).toBe(50);
    const lost = nextState(client, 'reconnecting');
    proxy.cut();
    await lost;
    expect(await push(clientId, 50, 50)).toEqual({ [clientId]: { delivered: 50 } });
    const back = nextState(client, 'connected');
    proxy.mend();
    expect(await back).toMatchObject({ resumed: true, clientId });
    await push(clientId, 100, 50);
    await expect.poll(() => seen.length).toBeGreaterThanOrEqual(150);
    expect(seen).toEqual(upTo(150));
    expect(gaps).toEqual([]);
  });

  it('loses and repeats nothing when it breaks again and again while pushes flow', async () => {
    const proxy = await TcpProxy.start(addressOf(gate));
    open.push(proxy);
    const { client, seen, gaps } = await connect(proxy.endpoint);
    const { clientId } = client;
    for (let round = 0; round < 8; round++) {
      const pushing = push(clientId, round * 100, 100);
      const back = nextState(client, 'connected');
      proxy.cut();
      proxy.mend();
      await Promise.all([pushing, back]);
    }
    await expect.poll(() => seen.length).toBeGreaterThanOrEqual(800);
    expect(seen).toEqual(upTo(800));
    expect(gaps).toEqual([]);
    expect(client.clientId).toBe(clientId);
  });

  it('goes to the next gate when its own is killed, and what ran there is of unknown outcome', async () => {
    const doomed = await processes.startGate();
    const { client, seen, gaps } = await connect(addressOf(doomed), addressOf(rock));
    const { clientId } = client;
    const slow = `Slow-${scheme}`;
    const held = client.callObject(slow, 'Hold');
    const failed = expect(held).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    await driver.callObject(slow, 'Running', 1);
    const back = nextState(client, 'connected');
    await doomed.child.kill();
    await failed;
    expect(await client.callObject(`Echo-${scheme}`, 'Echo', 'still here')).toBe('still here');
    // Nobody knows what the dead gate had for it: it keeps its id, and is told.
    expect(await back).toMatchObject({ clientId, resumed: false });
    expect(gaps).toEqual([{ clientId, previousClientId: clientId }]);
    seen.length = 0;
    await push(client.clientId, 0, 20);
    await expect.poll(() => seen.length).toBeGreaterThanOrEqual(20);
    expect(seen.slice(-20)).toEqual(upTo(20));
  });

  it('moves to the next gate when its own stops, and not one call fails', async () => {
    const doomed = await processes.startGate();
    const { client } = await connect(addressOf(doomed), addressOf(rock));
    let calls = 0;
    let stopped = false;
    const caller = async (name: number) => {
      for (let n = 0; !stopped || n < 20; n++) {
        expect(await client.callObject(`Echo-${scheme}${name}`, 'Echo', n)).toBe(n);
        calls++;
      }
    };
    const callers = Promise.all(upTo(8).map(caller));
    await expect.poll(() => calls).toBeGreaterThan(40);
    const back = nextState(client, 'connected');
    const exit = doomed.child.stop('SIGTERM');
    expect((await back).gate).toContain(addressOf(rock));
    expect(await exit).toBe(0);
    stopped = true;
    await callers;
  });
});
