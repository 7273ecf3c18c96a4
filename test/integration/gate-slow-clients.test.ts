import { channel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import type { GoverseGateOptions } from '../../src/config/index.js';
import type { SlowClientEvent } from '../../src/observability/index.js';
import { packAny } from '../../src/core/index.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import type { Frame } from './connect-fixture.js';
import { ConnectStream } from './connect-fixture.js';
import type { TestGate } from './gate-fixture.js';
import { codec, startTestGate } from './gate-fixture.js';

interface Pushed {
  readonly type: string;
  readonly data: { n: number; symbol: string };
}

/** A client that can stop reading. */
interface SlowClient {
  readonly clientId: string;
  stop(): void;
  goOn(): void;
  next(): Promise<Pushed>;
  /** Resolves when its connection has ended. */
  ended(): Promise<unknown>;
  close(): void;
}

const QUEUE = 5;
const PADDING = 'x'.repeat(100_000);
/** The same queue, limited by count or by bytes. */
const COUNTED = { clientQueueLimit: QUEUE };
const WEIGHED = { clientQueueBytes: (QUEUE + 0.5) * PADDING.length };

let gate: TestGate;
const clients: SlowClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await gate.close();
});

async function overConnect(): Promise<SlowClient> {
  const stream = new ConnectStream(gate.runtime.address);
  const { clientId } = await stream.register();
  const read = ({ push }: Frame) => codec.decodePush(packAny(push!.message.type_url, push!.message.value)) as Pushed;
  return {
    clientId,
    stop: () => stream.stream.pause(),
    goOn: () => stream.stream.resume(),
    next: async () => read(await stream.next()),
    ended: () => stream.status,
    close: () => stream.close(),
  };
}

async function overWebSocket(): Promise<SlowClient> {
  const socket = await RawWebSocket.open(`${gate.http.replace('http', 'ws')}/v1/connect`, ['goverse.json']);
  const { clientId } = await socket.register();
  return {
    clientId,
    stop: () => socket.socket.pause(),
    goOn: () => socket.socket.resume(),
    next: async () => ((await socket.next()) as unknown as { push: { message: Pushed } }).push.message,
    ended: () => socket.ended(),
    close: () => socket.close(),
  };
}

describe.each([
  ['Connect', overConnect],
  ['WebSocket', overWebSocket],
])('a client that does not read, over %s', (_name, connect) => {
  let n = 0;
  const join = async () => {
    const client = await connect();
    clients.push(client);
    return client;
  };
  const start = async (
    slowClientPolicy: GoverseGateOptions['slowClientPolicy'],
    limit: GoverseGateOptions = COUNTED,
  ) => {
    n = 0;
    gate = await startTestGate({ options: { ...limit, ...(slowClientPolicy && { slowClientPolicy }) } });
    const [slow, bystander] = [await join(), await join()];
    slow.stop();
    return { slow, bystander };
  };
  const push = async ({ clientId }: SlowClient, symbol: string) => {
    const report = gate.cluster.push([clientId], 'Price', { n: ++n, symbol, padding: PADDING });
    await new Promise((resolve) => setImmediate(resolve));
    return report;
  };
  const counts = () => gate.runtime.edge.registry.slow;
  /** Pushes until the policy has acted so often; the numbers of what was taken. */
  const fill = async (client: SlowClient, action: SlowClientEvent['action'], times: number) => {
    const taken: number[] = [];
    while (counts()[action] < times) if ((await push(client, `S${n % 3}`)).delivered === 1) taken.push(n);
    return taken;
  };
  /** Reads on up to the push of this number. */
  const readTo = async (client: SlowClient, last: number) => {
    const numbers: number[] = [];
    client.goOn();
    while (numbers.at(-1) !== last) numbers.push((await client.next()).data.n);
    return numbers;
  };
  const expectUntouched = async (bystander: SlowClient) => {
    expect((await push(bystander, 'bystander')).delivered).toBe(1);
    expect((await bystander.next()).data.symbol).toBe('bystander');
  };

  it.each([COUNTED, WEIGHED])('has its pushes refused by default: %j', async (limit) => {
    const { slow, bystander } = await start(undefined, limit);
    const taken = await fill(slow, 'refused', 3);
    expect((await push(slow, 'A')).failed).toEqual([{ clientId: slow.clientId, reason: 'QUEUE_FULL' }]);
    expect(counts()).toEqual({ refused: 4, dropped: 0, conflated: 0, disconnected: 0 });
    await expectUntouched(bystander);
    expect(await readTo(slow, taken.at(-1)!)).toEqual(taken);
  });

  it.each([COUNTED, WEIGHED])('loses its oldest pushes with dropOldest: %j', async (limit) => {
    const { slow, bystander } = await start('dropOldest', limit);
    const events: unknown[] = [];
    const listen = (event: unknown) => events.push(event);
    channel('goverse:slow-client').subscribe(listen);
    const taken = await fill(slow, 'dropped', 10);
    const last = taken.length;
    channel('goverse:slow-client').unsubscribe(listen);
    expect(taken).toEqual(Array.from({ length: last }, (_, i) => i + 1));
    expect(counts()).toEqual({ refused: 0, dropped: 10, conflated: 0, disconnected: 0 });
    expect(events).toEqual(Array(10).fill({ clientId: slow.clientId, action: 'dropped' }));
    await expectUntouched(bystander);
    const numbers = await readTo(slow, last);
    // Ten are gone and the newest are not among them.
    expect(numbers).toHaveLength(last - 10);
    expect(numbers).toEqual(taken.filter((number) => numbers.includes(number)));
    expect(numbers.slice(-QUEUE)).toEqual(taken.slice(-QUEUE));
  });

  it.each([COUNTED, WEIGHED])('gets the newest push of each key with conflate: %j', async (limit) => {
    const { slow, bystander } = await start('conflate:symbol', limit);
    const taken = await fill(slow, 'conflated', 30);
    const last = taken.length;
    expect(taken).toEqual(Array.from({ length: last }, (_, i) => i + 1));
    expect(counts()).toEqual({ refused: 0, dropped: 0, conflated: 30, disconnected: 0 });
    await expectUntouched(bystander);
    const numbers = await readTo(slow, last);
    expect(numbers.slice(-3)).toEqual([last - 2, last - 1, last]);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers).toHaveLength(last - 30);
  });

  it.each([COUNTED, WEIGHED])('is cut off with disconnect: %j', async (limit) => {
    const { slow, bystander } = await start('disconnect', limit);
    await fill(slow, 'disconnected', 1);
    expect(counts()).toEqual({ refused: 0, dropped: 0, conflated: 0, disconnected: 1 });
    slow.goOn();
    await slow.ended();
    while (gate.runtime.edge.exchanges.size > 1) await new Promise((resolve) => setImmediate(resolve));
    await expectUntouched(bystander);
  });
});
