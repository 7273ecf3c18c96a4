import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { SocketGateDouble } from '../../test/support/socket-gate-double.js';
import type { ClientOptions } from './client-options.js';
import type { ConnectionChange, PushGap } from './connection-state.js';
import { GoverseClient } from './goverse-client.js';

const open: { close?(): unknown; stop?(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await (one.close?.() ?? one.stop?.());
});

async function gateOn(port = 0): Promise<SocketGateDouble> {
  const gate = await SocketGateDouble.start(port);
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

/** What a client sees from now on, up to the push of the type `End`. */
async function seenUntilEnd(client: GoverseClient): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const { type, data } of client) {
    if (type === 'End') break;
    seen.push(data);
  }
  return seen;
}

describe('GoverseClient over a WebSocket', () => {
  it('registers and calls in plain JSON', async () => {
    const gate = await gateOn();
    gate.onCall = ({ payload }) => ({ result: { payload: [payload] } });
    const client = await connect(gate.url);
    expect(client.clientId).toBe('127.0.0.1:49000/client-1');
    const result = await client.callObject('shard#5/A-b', 'add', { n: '"1"}' }, { type: 'A', timeoutMs: 1500 });
    expect(result).toEqual([{ n: '"1"}' }]);
    expect(gate.upgrades[0]?.headers['sec-websocket-protocol']).toBe('goverse.json');
    expect(gate.frames).toEqual([
      { seq: 1, register: {} },
      {
        seq: 2,
        call: { objectId: 'shard#5/A-b', type: 'A', method: 'add', timeoutMs: 1500, payload: { n: '"1"}' } },
      },
    ]);
  });

  it('tells no argument from null, and no result from null', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    expect(await client.callObject('A-b', 'x')).toBeUndefined();
    gate.onCall = () => ({ result: { payload: null } });
    expect(await client.callObject('A-b', 'x', null)).toBeNull();
    expect(gate.received('call').map((call) => 'payload' in (call as object))).toEqual([false, true]);
  });

  it('creates and deletes', async () => {
    const gate = await gateOn();
    gate.onCall = ({ objectId }) => ({ result: { objectId, created: true } });
    const client = await connect(gate.url);
    expect(await client.createObject('A', 'A-b', { start: 1 })).toBe('A-b');
    gate.onCall = () => ({ result: {} });
    expect(await client.deleteObject('A', 'A-b')).toBeUndefined();
    expect(gate.received('create')).toEqual([{ objectId: 'A-b', type: 'A', payload: { start: 1 } }]);
    expect(gate.received('delete')).toEqual([{ objectId: 'A-b', type: 'A' }]);
  });

  it('has many calls under way and takes their answers in any order', async () => {
    const gate = await gateOn();
    const waiting: number[] = [];
    gate.onCall = (_call, { seq }) => {
      if (waiting.push(seq) === 200)
        for (const each of waiting.reverse()) gate.sendAll({ seq: each, result: { payload: each } });
      return undefined;
    };
    const client = await connect(gate.url);
    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => client.callObject('A-b', 'x', n)));
    expect(results).toEqual(Array.from({ length: 200 }, (_, n) => n + 2));
  });

  it('rejects with what the error frame says', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    const details = { limit: 4 };
    gate.onCall = () => ({ error: { reason: 'ROOM_FULL', code: 9, message: 'four are enough', details } });
    await expect(client.callObject('A-b', 'x')).rejects.toMatchObject({
      reason: 'ROOM_FULL',
      code: 'FAILED_PRECONDITION',
      message: 'four are enough',
      details,
    });
    gate.onCall = () => ({ error: { reason: 'OVERLOADED', code: 8, message: 'later', retryAfterMs: 70 } });
    await expect(client.callObject('A-b', 'x')).rejects.toMatchObject({
      reason: 'OVERLOADED',
      retryable: true,
      details: { retryAfterMs: 70 },
    });
  });

  it('cancels at the gate what the caller gives up', async () => {
    const gate = await gateOn();
    gate.onCall = () => undefined;
    const client = await connect(gate.url);
    await expect(client.callObject('A-b', 'slow', 1, { timeoutMs: 20 })).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
    });
    const user = new AbortController();
    const call = client.callObject('A-b', 'slow', 1, { signal: user.signal });
    await expect.poll(() => gate.received('call').length).toBe(2);
    user.abort(new Error('changed my mind'));
    await expect(call).rejects.toMatchObject({ reason: 'CANCELLED', cause: { message: 'changed my mind' } });
    await expect.poll(() => gate.frames.filter(({ cancel }) => cancel).map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it('has one listener on a signal that many calls share, and none when they are over', async () => {
    const gate = await gateOn();
    gate.onCall = () => undefined;
    const client = await connect(gate.url);
    const user = new AbortController();
    const calls = Array.from({ length: 100 }, (_, n) => client.callObject('A-b', 'x', n, { signal: user.signal }));
    await expect.poll(() => gate.received('call').length).toBe(100);
    expect(getEventListeners(user.signal, 'abort')).toHaveLength(1);
    gate.onCall = () => ({ result: {} });
    await client.callObject('A-b', 'x', 1, { signal: user.signal });
    user.abort();
    for (const call of calls) await expect(call).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(getEventListeners(user.signal, 'abort')).toHaveLength(0);
  });

  it('acknowledges what it has received, and not each push', async () => {
    const gate = await gateOn();
    await connect(gate.url);
    for (let n = 0; n < 130; n++) gate.push('Tick', n);
    await expect.poll(() => gate.received('ack').at(-1)).toEqual({ pushSeq: 130 });
    expect(gate.received('ack').length).toBeLessThanOrEqual(4);
  });

  it('asks a quiet gate whether it is there, and leaves one that does not answer', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url, { silenceMs: 300 });
    const states: string[] = [];
    client.onState(({ state }) => states.push(state));
    await expect.poll(() => gate.received('ping').length).toBeGreaterThan(4);
    expect(states).toEqual([]);
    for (const socket of gate.sockets) socket.pause();
    expect((await nextState(client, 'reconnecting')).error?.message).toMatch(/silent for 300 ms/);
    await nextState(client, 'connected');
  });

  it('goes on under its id after a break and sees each push once, in order', async () => {
    const gate = await gateOn();
    gate.resumes = true;
    const client = await connect(gate.url);
    const gaps: PushGap[] = [];
    client.onGap((gap) => gaps.push(gap));
    const seen = seenUntilEnd(client);
    for (let n = 1; n <= 5; n++) gate.push('Tick', n);
    await new Promise((resolve) => client.on('Tick', (n) => n === 5 && resolve(n)));
    const back = nextState(client, 'connected');
    gate.cut();
    for (let n = 6; n <= 8; n++) gate.push('Tick', n);
    expect(await back).toMatchObject({ resumed: true, clientId: '127.0.0.1:49000/client-1' });
    // What the gate sends again because it does not know better.
    gate.sendAll({ seq: 0, push: { pushSeq: 7, message: { type: 'Tick', data: 7 } } });
    gate.push('Tick', 9);
    gate.push('End', 0);
    expect(await seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(gate.received('register')).toEqual([{}, { resumeToken: 'token-1', received: 5 }]);
    expect(gaps).toEqual([]);
  });

  it('says what it may have missed when no gate resumes it', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    const gap = new Promise<PushGap>((resolve) => client.onGap(resolve));
    const back = nextState(client, 'connected');
    gate.cut();
    const [previousClientId, clientId] = ['127.0.0.1:49000/client-1', '127.0.0.1:49000/client-2'];
    expect(await gap).toEqual({ previousClientId, clientId });
    expect(await back).toMatchObject({ resumed: false, clientId });
    const got = new Promise((resolve) => client.on('Tick', resolve));
    gate.sendAll({ seq: 0, push: { pushSeq: 1, message: { type: 'Tick', data: 'under the new id' } } });
    expect(await got).toBe('under the new id');
  });

  it('says how many pushes a gate left out', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    const gap = new Promise<PushGap>((resolve) => client.onGap(resolve));
    gate.sendAll({ seq: 0, push: { pushSeq: 4, message: { type: 'Tick', data: 4 } } });
    expect(await gap).toEqual({ previousClientId: client.clientId, clientId: client.clientId, missing: 3 });
  });

  it('moves when the gate goes away: what runs is answered, what comes goes to the next gate', async () => {
    const [first, second] = [await gateOn(), await gateOn()];
    first.resumes = second.resumes = true;
    let answer: (() => void) | undefined;
    first.onCall = (_call, { seq }) => {
      answer = () => first.sendAll({ seq, result: { payload: 'from the first' } });
      return undefined;
    };
    second.onCall = () => ({ result: { payload: 'from the second' } });
    const client = await connect([first.url, second.url]);
    const states: string[] = [];
    client.onState(({ state }) => states.push(state));
    const running = client.callObject('A-b', 'slow');
    await expect.poll(() => answer).toBeDefined();
    first.sendAll({ seq: 0, goingAway: { reconnectAfterMs: 10 } });
    await expect.poll(() => second.sockets.size).toBe(1);
    expect(await client.callObject('A-b', 'x')).toBe('from the second');
    expect(first.sockets.size).toBe(1);
    answer?.();
    expect(await running).toBe('from the first');
    await expect.poll(() => first.sockets.size).toBe(0);
    expect(states).toEqual(['connected']);
    expect(second.received('register')).toEqual([{ resumeToken: 'token-1', received: 0 }]);
  });

  it('sends to the next gate what the first one did not take before it stopped, but nothing after a mere break', async () => {
    for (const [code, outcome] of [
      [1001, 'done'],
      [1011, 'OUTCOME_UNKNOWN'],
    ] as const) {
      const [first, second] = [await gateOn(), await gateOn()];
      first.onCall = () => {
        first.sendAll({ seq: 0, goingAway: { reconnectAfterMs: 1 } });
        for (const socket of first.sockets) socket.close(code);
        return undefined;
      };
      second.onCall = () => ({ result: { payload: 'done' } });
      const client = await connect([first.url, second.url]);
      const call = client.callObject('A-b', 'x').catch((error: { reason: string }) => error.reason);
      expect(await call).toBe(outcome);
    }
  });

  it('sees a push once that both gates send while it moves', async () => {
    const [first, second] = [await gateOn(), await gateOn()];
    second.resumes = true;
    first.onCall = () => undefined;
    const client = await connect([first.url, second.url]);
    const seen = seenUntilEnd(client);
    const running = client.callObject('A-b', 'never').catch(() => undefined);
    await expect.poll(() => first.received('call').length).toBe(1);
    first.push('Tick', 1);
    first.sendAll({ seq: 0, goingAway: {} });
    await expect.poll(() => second.received('register').length).toBe(1);
    first.push('Tick', 2);
    for (const gate of [second, first]) for (let n = 1; n <= 3; n++) gate.sendAll(tick(n));
    second.sendAll({ seq: 0, push: { pushSeq: 4, message: { type: 'End' } } });
    expect(await seen).toEqual([1, 2, 3]);
    await client.close();
    await running;
  });

  it('repeats a call that was cut off only if that is said to do no harm', async () => {
    const [first, second] = [await gateOn(), await gateOn()];
    first.onCall = () => (first.cut(), undefined);
    second.onCall = () => ({ result: { payload: 'done' } });
    const careful = await connect([first.url, second.url]);
    await expect(careful.callObject('A-b', 'x')).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    const again = await connect([first.url, second.url]);
    expect(await again.callObject('A-b', 'x', 1, { idempotent: true })).toBe('done');
  });

  it('tries again what was refused because nobody owns it yet, and ends with that refusal at its deadline', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    let refusals = 0;
    gate.onCall = () =>
      ++refusals < 3 ? { error: { reason: 'NO_OWNER', code: 14, message: 'nobody' } } : { result: { payload: 1 } };
    expect(await client.callObject('A-b', 'x')).toBe(1);
    gate.onCall = () => ({ error: { reason: 'NO_OWNER', code: 14, message: 'nobody' } });
    // Its first pause outlasts the deadline.
    const patient = await connect(gate.url, { backoffMs: 10_000, maxBackoffMs: 10_000 });
    await expect(patient.callObject('A-b', 'x', 1, { timeoutMs: 1_500 })).rejects.toMatchObject({
      reason: 'NO_OWNER',
      message: 'nobody',
    });
  });

  it('sends its token with the registration, and gives up when the gate refuses it', async () => {
    const gate = await gateOn();
    let asked = 0;
    await connect(gate.url, { token: async () => `secret-${++asked}` });
    expect(gate.received('register')).toEqual([{ accessToken: 'secret-1' }]);
    expect(gate.upgrades[0]?.url).toBe('/v1/connect');
    await connect(gate.url, { authorization: 'Basic YTpi' });
    expect(gate.upgrades[1]?.headers.authorization).toBe('Basic YTpi');
    gate.onRegister = () => ({ error: { reason: 'UNAUTHENTICATED', code: 16, message: 'who are you' } });
    await expect(connect(gate.url)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED', message: 'who are you' });
  });

  it('says so when what answers is no gate', async () => {
    const gate = await gateOn();
    gate.onRegister = () => ({});
    const connecting = connect(gate.url, { connectTimeoutMs: 500 });
    await expect.poll(() => gate.sockets.size).toBe(1);
    gate.sendAll('<html>');
    await expect(connecting).rejects.toThrow(/is no gate: it said "<html>"/);
  });

  it('leaves out frames it does not know', async () => {
    const gate = await gateOn();
    const client = await connect(gate.url);
    gate.sendAll({ seq: 0, weather: { sunny: true } });
    gate.sendAll({ seq: 77, result: { payload: 'for nobody' } });
    expect(await client.callObject('A-b', 'x')).toBeUndefined();
  });
});

function tick(n: number): object {
  return { seq: 0, push: { pushSeq: n, message: { type: 'Tick', data: n } } };
}
