import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { Credentials } from '../../src/config/index.js';
import { GateRuntime } from '../../src/gate/index.js';
import { GoverseObject, Method, PushService } from '../../src/index.js';
import type { TestClusterOptions } from '../../src/testing/index.js';
import { TestCluster } from '../../src/testing/index.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { TestClient } from './gate-fixture.js';
import type { Registered } from './gate-fixture.js';

@GoverseObject()
class Teller {
  constructor(private readonly push: PushService) {}

  @Method()
  async tell({ clientId, from, to }: { clientId: string; from: number; to: number }): Promise<number> {
    for (let n = from; n <= to; n++) await this.push.pushMessageToClient(clientId, { type: 'Told', data: n });
    return to;
  }

  @Method()
  async tellMuch({
    clientId,
    from,
    to,
    text,
  }: {
    clientId: string;
    from: number;
    to: number;
    text: string;
  }): Promise<void> {
    for (let n = from; n <= to; n++) await this.push.pushMessageToClient(clientId, { type: 'Told', data: { n, text } });
  }
}

/** Nodes that no busy machine makes lose their lease. */
const PATIENT = { leaseTtlSeconds: 20 };

let cluster: TestCluster;
const clients: TestClient[] = [];

async function start(options: TestClusterOptions = {}): Promise<void> {
  cluster = await TestCluster.start({ nodes: 2, gates: 2, providers: [Teller], node: PATIENT, ...options });
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await cluster.stop();
});

function at(gate: number): TestClient {
  const client = new TestClient(cluster.gates[gate]!.address);
  clients.push(client);
  return client;
}

const tell = (clientId: string, from: number, to: number, key = 'a') =>
  cluster.goverse.object(Teller, key).tell({ clientId, from, to });

async function take(registered: Registered, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  while (taken.length < count) taken.push((await registered.push()).data);
  return taken;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a client whose gate stops', () => {
  it('goes on at another one: same id, everything pushed before, during and after, in order and once', async () => {
    await start();
    const first = at(0).register();
    const { clientId, token } = await first.first();
    await tell(clientId, 1, 20);
    expect(await take(first, 15)).toEqual(range(1, 15));
    const stopped = cluster.gates[0]!.stop();
    const told = tell(clientId, 21, 60);
    await first.status;
    await Promise.all([stopped, told]);
    await tell(clientId, 61, 80);
    const second = at(1).register({}, { resumeToken: token, received: 15 });
    expect(await second.first()).toEqual({ clientId, token, resumed: true });
    await tell(clientId, 81, 90);
    expect(await take(second, 75)).toEqual(range(16, 90));
  });

  it('goes on from gate to gate, also at one that has the address of the first', async () => {
    await start();
    const [one, two] = cluster.gates.map(({ address }) => address);
    const first = at(0).register();
    const { clientId, token } = await first.first();
    await tell(clientId, 1, 3);
    expect(await take(first, 3)).toEqual([1, 2, 3]);
    await cluster.gates[0]!.stop();
    await tell(clientId, 4, 6);
    await cluster.addGate({ listen: one! });
    await tell(clientId, 7, 9);
    const second = at(1).register({}, { resumeToken: token, received: 3 });
    expect(await second.first()).toMatchObject({ clientId, resumed: true });
    expect(await take(second, 6)).toEqual(range(4, 9));
    await cluster.gates[1]!.stop();
    await tell(clientId, 10, 12);
    const third = at(2).register({}, { resumeToken: token, received: 9 });
    expect(await third.first()).toMatchObject({ clientId, resumed: true });
    await tell(clientId, 13, 14, 'another');
    expect(await take(third, 5)).toEqual(range(10, 14));
    expect(two).not.toBe(one);
  });

  it('may have been away already', async () => {
    await start();
    const first = at(0).register();
    const { clientId, token } = await first.first();
    clients.pop()!.close();
    first.stream.destroy();
    await tell(clientId, 1, 2);
    await cluster.gates[0]!.stop();
    await tell(clientId, 3, 4);
    const second = at(1).register({}, { resumeToken: token, received: 0 });
    expect(await second.first()).toMatchObject({ clientId, resumed: true });
    expect(await take(second, 4)).toEqual(range(1, 4));
  });

  it('is forgotten by the nodes when it does not come back in time', async () => {
    await start({ gate: { resumeWindowMs: 300 } });
    const { clientId, token } = await at(0).register().first();
    await cluster.gates[0]!.stop();
    await expect
      .poll(() => tell(clientId, 3, 3).catch((error: { reason: string }) => error.reason))
      .toBe('GATE_NOT_CONNECTED');
    const told = await at(1).register({}, { resumeToken: token, received: 0 }).first();
    expect([told.clientId === clientId, told.resumed]).toEqual([false, false]);
  });
});

describe('what a gate leaves', () => {
  it('may be much: a long history and what waits, in parts that nodes take', async () => {
    await start();
    const proxy = await TcpProxy.start(cluster.gates[0]!.address);
    const client = new TestClient(proxy.endpoint);
    clients.push(client);
    const first = client.register();
    const { clientId, token } = await first.first();
    const text = 'x'.repeat(40_000);
    const many = (from: number, to: number) =>
      cluster.goverse.object(Teller, 'a').tellMuch({ clientId, from, to, text });
    await many(1, 24);
    expect((await first.push()).data).toMatchObject({ n: 1 });
    proxy.cut();
    await cluster.gates[0]!.app.get(GateRuntime).edge.registry.whenEmpty();
    await many(25, 80);
    await Promise.all([cluster.gates[0]!.stop(), proxy.stop()]);
    const second = at(1).register({}, { resumeToken: token, received: 1 });
    expect(await second.first()).toMatchObject({ clientId, resumed: true });
    expect((await take(second, 79)).map((data) => (data as { n: number }).n)).toEqual(range(2, 80));
  });

  it('goes to nobody but the identity it belongs to, and to no forged token', async () => {
    const authenticate = ({ authorization }: Credentials) =>
      authorization ? { userId: authorization, roles: [] } : null;
    await start({ gate: { authenticator: { authenticate } } });
    const ann = { authorization: 'Bearer ann' };
    const first = at(0).register(ann);
    const { clientId, token } = await first.first();
    await cluster.gates[0]!.stop();
    await tell(clientId, 1, 3);
    const stolen = at(1).register({ authorization: 'Bearer bob' }, { resumeToken: token, received: 0 });
    expect((await stolen.status).metadata.get('goverse-reason')).toEqual(['CLIENT_ID_NOT_YOURS']);
    const forged = `${token.slice(0, -4)}AAAA`;
    expect(await at(1).register(ann, { resumeToken: forged, received: 0 }).first()).toMatchObject({ resumed: false });
    const second = at(1).register(ann, { resumeToken: token, received: 0 });
    expect(await second.first()).toMatchObject({ clientId, resumed: true });
    expect(await take(second, 3)).toEqual([1, 2, 3]);
  });

  it('goes to one gate only, if the client comes to two at once', async () => {
    await start({ gates: 3 });
    const first = at(0).register();
    const { clientId, token } = await first.first();
    await cluster.gates[0]!.kill();
    await expect.poll(() => tell(clientId, 1, 1).catch(() => 0)).toBe(1);
    const both = [1, 2].map((gate) => at(gate).register({}, { resumeToken: token, received: 0 }));
    const told = await Promise.all(both.map((registered) => registered.first()));
    const there = told.findIndex((registration) => registration.clientId === clientId);
    expect(told.filter((registration) => registration.clientId === clientId)).toHaveLength(1);
    for (const key of ['a', 'b', 'c', 'd']) await tell(clientId, 2, 2, key);
    expect(await take(both[there]!, 5)).toEqual([1, 2, 2, 2, 2]);
  });
});

describe('a gate that was cut off and comes back', () => {
  it('does not take the client for its own that has gone on elsewhere', async () => {
    await start();
    const [one, two] = cluster.gates;
    const first = at(0).register();
    const { clientId, token } = await first.first();
    for (const node of cluster.nodes) one!.cutFromPeer(node);
    await expect.poll(() => tell(clientId, 1, 1).catch(() => 0)).toBe(1);
    const second = at(1).register({}, { resumeToken: token, received: 0 });
    expect(await second.first()).toMatchObject({ clientId, resumed: false });
    for (const node of cluster.nodes) one!.mendPeer(node);
    expect((await first.status).code).toBe(status.CANCELLED);
    await one!.whenReady();
    await tell(clientId, 2, 3);
    expect(await take(second, 3)).toEqual([1, 2, 3]);
    expect(two!.alive).toBe(true);
  });
});

describe('a node that did not answer when a client came', () => {
  it('is told later where the client is, and sends what it kept', async () => {
    await start({ nodes: 3 });
    const first = at(0).register();
    const { clientId, token } = await first.first();
    await cluster.gates[0]!.kill();
    await expect.poll(() => tell(clientId, 1, 1).catch(() => 0)).toBe(1);
    const [hanging] = cluster.nodes;
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const key of keys) await tell(clientId, 2, 2, key);
    hanging!.pause();
    const second = at(1).register({}, { resumeToken: token, received: 0 });
    expect(await second.first()).toMatchObject({ clientId });
    hanging!.resume();
    expect((await take(second, 9)).map(String).sort().join('')).toBe('122222222');
  });
});

describe('a gate that stops', () => {
  it('ends in time when no node answers, and its clients have got what it had', async () => {
    await start({ gate: { drainTimeoutMs: 2_000 } });
    const gate = cluster.gates[0]!;
    const first = at(0).register();
    const { clientId } = await first.first();
    await tell(clientId, 1, 3);
    for (const node of cluster.nodes) gate.cutFromPeer(node);
    const begun = performance.now();
    await gate.stop();
    // drainTimeoutMs, and what streams and connections may take to close.
    expect(performance.now() - begun).toBeLessThan(6_000);
    expect(await take(first, 3)).toEqual([1, 2, 3]);
    expect((await first.status).code).toBe(status.UNAVAILABLE);
  });

  it('does not wait for the node that does not answer: clients are left with the other one', async () => {
    await start({ gate: { drainTimeoutMs: 12_000 } });
    const gate = cluster.gates[0]!;
    const first = at(0).register();
    const { clientId, token } = await first.first();
    await tell(clientId, 1, 3);
    expect(await take(first, 2)).toEqual([1, 2]);
    gate.cutFromPeer(cluster.nodes[0]!);
    await gate.stop();
    const second = at(1).register({}, { resumeToken: token, received: 2 });
    expect(await second.first()).toMatchObject({ clientId, resumed: true });
    expect(await take(second, 1)).toEqual([3]);
  });

  it('and a node that hangs then: the client goes on with its record, and gets later what that node kept', async () => {
    await start({ nodes: 3 });
    const first = at(0).register();
    const { clientId, token } = await first.first();
    await cluster.gates[0]!.stop();
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const key of keys) await tell(clientId, 2, 2, key);
    cluster.nodes[0]!.pause();
    const second = at(1).register({}, { resumeToken: token, received: 0 });
    // Who has the record may be the one that hangs.
    expect(await second.first()).toMatchObject({ clientId });
    cluster.nodes[0]!.resume();
    expect(await take(second, 8)).toEqual(Array(8).fill(2));
  });
});

describe('a client whose gate crashed', () => {
  it('keeps its id at another gate, is told that something may be missing, and gets what was pushed since', async () => {
    await start();
    const first = at(0).register();
    const { clientId, token } = await first.first();
    await tell(clientId, 1, 3);
    await cluster.gates[0]!.kill();
    await expect.poll(() => tell(clientId, 4, 4).catch((error: { reason: string }) => error.reason)).toBe(4);
    await tell(clientId, 5, 8);
    const second = at(1).register({}, { resumeToken: token, received: 3 });
    const told = await second.first();
    expect(told).toMatchObject({ clientId, resumed: false });
    expect(told.token).not.toBe(token);
    await tell(clientId, 9, 9);
    expect(await take(second, 6)).toEqual(range(4, 9));
    // Its own calls name it at the new gate.
    await cluster.gates[1]!.stop();
  });

  it('is lost for good when nobody may resume', async () => {
    await start({ gate: { resumeWindowMs: 0 } });
    const { clientId, token } = await at(0).register().first();
    await cluster.gates[0]!.kill();
    await expect
      .poll(() => tell(clientId, 1, 1).catch((error: { reason: string }) => error.reason))
      .toBe('GATE_NOT_CONNECTED');
    expect(await at(1).register({}, { resumeToken: token, received: 0 }).first()).toMatchObject({ resumed: false });
  });
});

describe('a client that comes to another gate although its own is alive', () => {
  it('is a new one there, and the real one goes on', async () => {
    await start();
    const first = at(0).register();
    const { clientId, token } = await first.first();
    const told = await at(1).register({}, { resumeToken: token, received: 0 }).first();
    expect([told.clientId === clientId, told.resumed]).toEqual([false, false]);
    await tell(clientId, 1, 3);
    expect(await take(first, 3)).toEqual([1, 2, 3]);
  });
});
