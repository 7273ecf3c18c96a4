import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { GrpcGateDouble, refusal } from '../../test/support/grpc-gate-double.js';
import type { ClientOptions } from './client-options.js';
import type { ConnectionChange } from './connection-state.js';
import { GoverseClient } from './goverse-client.js';

const open: { close?(): unknown; stop?(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await (one.close?.() ?? one.stop?.());
});

async function gateOn(port = 0): Promise<GrpcGateDouble> {
  const gate = await GrpcGateDouble.start(port);
  open.push(gate);
  return gate;
}

async function connect(gates: string | string[], options: ClientOptions = {}): Promise<GoverseClient> {
  const client = await GoverseClient.connect(gates, { backoffMs: 5, maxBackoffMs: 20, ...options });
  open.push(client);
  return client;
}

function nextState(client: GoverseClient, state: ConnectionChange['state']): Promise<ConnectionChange> {
  return new Promise((resolve) => {
    const off = client.onState((change) => {
      if (change.state !== state) return;
      off();
      resolve(change);
    });
  });
}

const json = (value: unknown) => ({ payload: Buffer.from(JSON.stringify(value)) });

describe('GoverseClient over gRPC', () => {
  it('registers and calls over one stream, with its credentials', async () => {
    const gate = await gateOn();
    const seen: unknown[] = [];
    gate.onCall = (request, metadata, answer) => {
      seen.push(request, metadata.getMap());
      answer(null, json([1, 2]));
    };
    const client = await connect(gate.url, { authorization: 'Bearer x' });
    expect(client.clientId).toBe('127.0.0.1:49000/client-1');
    expect(await client.callObject('shard#5/A-b', 'add', { n: 1 }, { type: 'A', timeoutMs: 1500 })).toEqual([1, 2]);
    expect(seen[0]).toMatchObject({
      objectId: 'shard#5/A-b',
      method: 'add',
      payload: Buffer.from('{"n":1}'),
      type: 'A',
      timeoutMs: 1500,
    });
    expect(seen[1]).toMatchObject({ authorization: 'Bearer x' });
    expect(new Set(gate.peers).size).toBe(1);
  });

  it('has a connection of its own per client', async () => {
    const gate = await gateOn();
    await Promise.all([connect(gate.url), connect(gate.url)]);
    expect(new Set(gate.peers).size).toBe(2);
  });

  it('sends no bytes for no argument and resolves undefined for no result', async () => {
    const gate = await gateOn();
    let bytes = -1;
    gate.onCall = ({ payload }, _metadata, answer) => {
      bytes = (payload as Uint8Array).length;
      answer(null, {});
    };
    const client = await connect(gate.url);
    expect(await client.callObject('A-b', 'reset')).toBeUndefined();
    expect(bytes).toBe(0);
  });

  it('creates and deletes', async () => {
    const gate = await gateOn();
    const deleted: unknown[] = [];
    gate.onDelete = (request, _metadata, answer) => {
      deleted.push(request);
      answer(null, {});
    };
    const client = await connect(gate.url);
    expect(await client.createObject('A', 'A-b', { start: 1 })).toBe('A-b');
    await client.deleteObject('A', 'A-b');
    expect(deleted).toEqual([{ objectId: 'A-b', type: 'A' }]);
  });

  it('rejects with the reason in the metadata', async () => {
    const gate = await gateOn();
    gate.onCall = (_request, _metadata, answer) =>
      answer(refusal(status.FAILED_PRECONDITION, 'NOT_A_MEMBER', 'ann is no member'));
    const client = await connect(gate.url);
    await expect(client.callObject('A-b', 'x')).rejects.toMatchObject({
      name: 'GoverseError',
      reason: 'NOT_A_MEMBER',
      code: 'FAILED_PRECONDITION',
      message: 'ann is no member',
    });
  });

  it('receives pushes in order, and messages it does not know as bytes', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    const loop = client[Symbol.asyncIterator]();
    for (const n of [1, 2, 3]) gate.push('Tick', { n });
    gate.pushBytes('chat.Message', Uint8Array.of(8, 1));
    const received = [await loop.next(), await loop.next(), await loop.next()].map(({ value }) => value as unknown);
    expect(received).toEqual([1, 2, 3].map((n) => ({ type: 'Tick', data: { n } })));
    expect((await loop.next()).value).toEqual({ type: 'chat.Message', data: Buffer.from([8, 1]) });
  });

  it('gives a call up at its deadline and when its signal is aborted', async () => {
    const gate = await gateOn();
    gate.onCall = () => undefined;
    const client = await connect(gate.url);
    await expect(client.callObject('A-b', 'slow', 1, { timeoutMs: 20 })).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
    });
    const user = new AbortController();
    const call = client.callObject('A-b', 'slow', 1, { signal: user.signal });
    user.abort();
    await expect(call).rejects.toMatchObject({ reason: 'CANCELLED' });
  });

  it('says that the outcome is unknown when the gate dies under a call, and reconnects under a new id', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    const arrived = new Promise<void>((resolve) => {
      gate.onCall = () => resolve();
    });
    const call = client.callObject('A-b', 'slow');
    await arrived;
    const lost = nextState(client, 'reconnecting');
    gate.stop();
    await expect(call).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    expect((await lost).error?.reason).toBe('NOT_READY');
    const back = nextState(client, 'connected');
    const next = await gateOn(gate.port);
    expect(await back).toMatchObject({ gate: next.url });
    expect(client.clientId).toBe('127.0.0.1:49000/client-1');
  });

  it('goes to the next gate when one ends the stream', async () => {
    const [first, second] = [await gateOn(), await gateOn()];
    const client = await connect([first.url, second.url]);
    const back = nextState(client, 'connected');
    first.endStreams();
    expect(await back).toMatchObject({ gate: second.url });
  });

  it('rejects connecting when nothing listens, and when the gate refuses the client', async () => {
    const gone = await gateOn();
    gone.stop();
    await expect(connect(gone.url, { connectTimeoutMs: 100 })).rejects.toMatchObject({ reason: 'NOT_READY' });
    const strict = await gateOn();
    strict.onRegister = (stream) =>
      stream.emit('error', refusal(status.UNAUTHENTICATED, 'UNAUTHENTICATED', 'who are you'));
    await expect(connect(strict.url)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED', message: 'who are you' });
  });

  it('closes: the gate sees the stream end', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    const [stream] = gate.streams;
    const gone = new Promise((resolve) => stream?.once('cancelled', resolve));
    await client.close();
    await gone;
    await expect(client.callObject('A-b', 'x')).rejects.toMatchObject({ reason: 'CANCELLED' });
  });
});
