import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GoverseGateOptions } from '../../src/config/index.js';
import { REFUSAL_LIMITS, REFUSALS } from '../../src/observability/index.js';
import type { Refusal } from '../../src/observability/index.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import { deferred, json, refusal, startTestGate } from './gate-fixture.js';
import type { Answer, TestGate } from './gate-fixture.js';

let gate: TestGate;
let refused: string[];
const sockets: Socket[] = [];
const note = (message: unknown) => void refused.push((message as Refusal).limit);

beforeEach(() => {
  refused = [];
  subscribe(REFUSALS, note);
});

afterEach(async () => {
  unsubscribe(REFUSALS, note);
  for (const socket of sockets.splice(0)) socket.destroy();
  await gate.close();
});

const start = async (options: GoverseGateOptions, answer?: Answer) =>
  (gate = await startTestGate({ options, ...(answer && { answer }) }));

const say = (headers: Record<string, string> = {}) =>
  fetch(`${gate.http}/v1/objects/Room-a/Say`, { method: 'POST', headers });

const reasonOf = async (answer: Response) => ((await answer.json()) as { reason: string }).reason;

/** What a connection that sends these bytes, and nothing more, is told before it is closed. */
function sent(bytes: string, address = new URL(gate.http).host): Promise<string> {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
  sockets.push(socket);
  let heard = '';
  socket.write(bytes);
  socket.on('data', (data) => (heard += data.toString('latin1')));
  return new Promise((resolve) => socket.on('error', () => {}).on('close', () => resolve(heard)));
}

it('calls of one client that are open', async () => {
  const door = deferred();
  await start({ maxCallsPerClient: 2 }, async (call) => {
    await door.promise;
    return json(call, 'done');
  });
  const client = gate.client();
  const { clientId, token } = await client.register().first();
  const mine = { 'x-client-id': clientId, 'x-client-token': token };
  const running = [say(mine), client.call('Room-a', 'Say', 1, { clientId })];
  await expect.poll(() => gate.cluster.calls.length).toBe(2);
  const full = await refusal(client.call('Room-a', 'Say', 1, { clientId }));
  expect(full).toMatchObject({ code: status.RESOURCE_EXHAUSTED, reason: 'OVERLOADED' });
  expect(full.metadata.get('retry-after-ms')).toEqual(['100']);
  const overHttp = await say(mine);
  expect([overHttp.status, overHttp.headers.get('retry-after')]).toEqual([429, '1']);
  // Others are not concerned.
  const other = say();
  await expect.poll(() => gate.cluster.calls.length).toBe(3);
  door.resolve();
  await Promise.all([...running, other]);
  expect((await say(mine)).status).toBe(200);
  expect(refused).toEqual(['maxCallsPerClient', 'maxCallsPerClient']);
});

it('calls of one client in one second', async () => {
  await start({ callsPerSecondPerClient: 3 });
  const client = gate.client();
  const other = gate.client();
  const answers = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => client.call('Room-a', 'Say', n)));
  expect(answers.map((answer) => answer.status).toSorted()).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
  ]);
  const late = await refusal(client.call('Room-a', 'Say', 6));
  expect(late).toMatchObject({ code: status.RESOURCE_EXHAUSTED, reason: 'RATE_LIMITED' });
  const wait = Number(late.metadata.get('retry-after-ms')[0]);
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(1_000);
  await other.call('Room-a', 'Say', 1);
  await expect
    .poll(
      () =>
        client.call('Room-a', 'Say', 7).then(
          () => 'ran',
          () => 'refused',
        ),
      { interval: 200 },
    )
    .toBe('ran');
  expect(new Set(refused)).toEqual(new Set(['callsPerSecondPerClient']));
});

it('calls from one address in one second', async () => {
  await start({ callsPerSecondPerIp: 2 });
  const statuses = await Promise.all([
    say(),
    say(),
    say(),
    gate
      .client()
      .call('Room-a', 'Say', 1)
      .catch(() => 429),
  ]);
  expect(
    statuses.map((each) => (each instanceof Response ? each.status : each)).filter((each) => each === 429),
  ).toHaveLength(2);
  const answer = await say();
  expect([answer.status, answer.headers.get('retry-after'), await reasonOf(answer)]).toEqual([
    429,
    '1',
    'RATE_LIMITED',
  ]);
});

it('connections from one address, of both ports together', async () => {
  await start({ maxConnectionsPerIp: 2 });
  const client = gate.client();
  await client.call('Room-a', 'Say', 1);
  const kept = connect(Number(new URL(gate.http).port), '127.0.0.1');
  sockets.push(kept);
  await new Promise((resolve) => kept.once('connect', resolve));
  expect(await sent('GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 429 [^]*RATE_LIMITED/);
  expect((await refusal(gate.client().call('Room-a', 'Say', 1))).code).not.toBe(0);
  await client.call('Room-a', 'Say', 2);
  kept.destroy();
  await expect
    .poll(() => sent('GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'))
    .toMatch(/^HTTP\/1\.1 200/);
  expect(refused).toContain('maxConnectionsPerIp');
});

it('payloads, over every protocol, counted for the operator', async () => {
  await start({ maxPayloadBytes: 1024, opsListen: '127.0.0.1:0', slowClientPolicy: 'reject' });
  const text = JSON.stringify('x'.repeat(2_000));
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${gate.http}/v1/objects/Room-a/Say`, { method: 'POST', headers, body: text });
  expect([answer.status, await reasonOf(answer)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  expect((await refusal(gate.client().call('Room-a', 'Say', 'x'.repeat(2_000)))).reason).toBe('PAYLOAD_TOO_LARGE');
  const socket = await RawWebSocket.open(`${gate.http.replace('http', 'ws')}/v1/connect`, ['goverse.json']);
  await socket.register();
  const metrics = async () => (await fetch(`http://${gate.runtime.opsAddress}/metrics`)).text();
  expect(await metrics()).toContain('\ngoverse_gate_clients 1\n');
  socket.send({ seq: 9, call: { objectId: 'Room-a', method: 'Say', payload: 'x'.repeat(100_000) } });
  expect(await socket.ended()).toMatchObject({ code: 1009 });
  expect(refused).toEqual(['maxPayloadBytes', 'maxPayloadBytes', 'maxPayloadBytes']);
  const told = await metrics();
  expect(told).toContain('goverse_gate_refused_total{limit="maxPayloadBytes"} 3\n');
  for (const limit of REFUSAL_LIMITS) expect(told).toContain(`goverse_gate_refused_total{limit="${limit}"} `);
  expect(told).toContain('goverse_gate_slow_client_pushes_total{action="refused"} 0\n');
  expect(told).toContain('goverse_ready 1\n');
  // It is for operators alone.
  expect((await fetch(`${gate.http}/metrics`)).status).toBe(404);
});

it('headers, over HTTP and gRPC', async () => {
  await start({ maxHeaderBytes: 2048 });
  expect((await say({ 'x-some': 'a'.repeat(1024) })).status).toBe(204);
  const answer = await say({ 'x-some': 'a'.repeat(4096) });
  expect([answer.status, await reasonOf(answer)]).toEqual([431, 'INVALID_ARGUMENT']);
  const client = gate.client();
  await client.call('Room-a', 'Say', 1, {}, { 'x-some': 'a'.repeat(1024) });
  expect((await refusal(client.call('Room-a', 'Say', 1, {}, { 'x-some': 'a'.repeat(4096) }))).code).not.toBe(0);
  await client.call('Room-a', 'Say', 1);
  expect(gate.cluster.calls).toHaveLength(3);
  expect(refused).toEqual(['maxHeaderBytes']);
});

it('the time for a header and for a body', async () => {
  await start({ headerTimeoutMs: 300, requestTimeoutMs: 600 });
  const halfHeader = sent('POST /v1/objects/Room-a/Say HTTP/1.1\r\nHost: a\r\n');
  const nothing = sent('');
  const halfBody = sent(
    'POST /v1/objects/Room-a/Say HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[1',
  );
  for (const answer of [halfHeader, halfBody]) expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(await nothing).toMatch(/^(HTTP\/1\.1 408 [^]*)?$/);
  expect(gate.cluster.calls).toHaveLength(0);
  expect(refused).toContain('requestTimeoutMs');
});

it('the time for the message of a gRPC call', async () => {
  await start({ requestTimeoutMs: 300 });
  const session = connectHttp2(`http://${gate.runtime.address}`);
  const headers = {
    ':method': 'POST',
    ':path': '/goverse.client.ClientService/CallObject',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const stream = session.request(headers, { endStream: false });
  // The head of a message of 100 bytes, and two of them.
  stream.write(Buffer.from([0, 0, 0, 0, 100, 1, 2]));
  const trailers = await new Promise<Record<string, unknown>>((resolve) => {
    stream
      .on('trailers', resolve)
      .on('response', (head) => 'grpc-status' in head && resolve(head))
      .on('error', () => {});
  });
  session.destroy();
  expect(trailers).toMatchObject({
    'grpc-status': String(status.DEADLINE_EXCEEDED),
    'goverse-reason': 'DEADLINE_EXCEEDED',
  });
  // A stream that takes pushes is whole at once, and stays.
  const { clientId } = await gate.client().register().first();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(gate.runtime.edge.registry.find(clientId)).toBeDefined();
  expect(refused).toEqual(['requestTimeoutMs']);
});

it('connections without use, and answers nobody reads', async () => {
  const few = { maxConnectionsPerIp: 1, maxPayloadBytes: 32 * 2 ** 20 };
  await start({ idleTimeoutMs: 500, ...few }, (call) => json(call, 'x'.repeat(30 * 2 ** 20)));
  const idle = sent('GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await idle).toMatch(/^HTTP\/1\.1 200/);
  const unread = connect(Number(new URL(gate.http).port), '127.0.0.1');
  sockets.push(unread.pause());
  await once(unread, 'connect');
  const ready = () => sent('GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(await ready()).toMatch(/^HTTP\/1\.1 429/);
  unread.write('POST /v1/objects/Room-a/Say HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
  await expect.poll(() => gate.cluster.calls.length).toBe(1);
  await expect.poll(ready).toMatch(/^HTTP\/1\.1 200/);
  expect(refused).toContain('idleTimeoutMs');
});
