import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bystander } from '../support/bystander.js';
import { GoverseProcess } from '../support/goverse-process.js';
import { residentBytes } from '../support/process-memory.js';
import { RawClient } from '../support/raw-client.js';
import type { RawFailure } from '../support/raw-call.js';
import { pathOf, problemOf, send, sendJson, valueOf } from '../support/raw-http.js';
import { SeededRandom } from '../support/seeded-random.js';
import { startTestEtcd } from '../support/test-etcd.js';
import type { TestEtcd } from '../support/test-etcd.js';

const SECRET = 'the secret of whoever issues these tokens';
const MiB = 2 ** 20;
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

const CONFIG = `
gate:
  requestTimeoutMs: 2000
  headerTimeoutMs: 1000
  access:
    - { id: /^(a+)+$/, deny: true }
    - { type: Greeter, allow: true, to: authenticated }
    - { type: Greeter, deny: true }
    - { allow: true, to: clients }
    - { verb: register, allow: true, to: clients }
`;

let etcd: TestEtcd;
let nodes: GoverseProcess[] = [];
let gate: GoverseProcess;
let bystander: Bystander;
const folder = mkdtempSync(join(tmpdir(), 'goverse-hostile-'));
const sockets = new Set<Socket>();
const clients: RawClient[] = [];

beforeAll(async () => {
  console.log(`seed ${seed}`);
  etcd = await startTestEtcd();
  const common = ['--listen', '127.0.0.1:0', '--etcd', etcd.endpoint];
  const node = () => GoverseProcess.start('test/fixtures/node.main.js', common);
  nodes = await Promise.all([node(), node()]);
  const file = join(folder, 'goverse.yaml');
  writeFileSync(file, CONFIG);
  const flags = [...common, '--http-listen', '127.0.0.1:0', '--config', file, '--jwt-issuer', 'us'];
  gate = await GoverseProcess.start('src/gate/goverse-gate.command.js', flags, {
    env: { GOVERSE_JWT_SECRET: SECRET },
  });
});

afterAll(async () => {
  await Promise.all([gate, ...nodes].map((each) => each?.child.kill()));
  await etcd?.stop();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  bystander = new Bystander(gate.address);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const client of clients.splice(0)) client.close();
  const { answered } = await bystander.stop();
  expect(answered).toBeGreaterThan(0);
  for (const { child } of [gate, ...nodes]) {
    expect(child.running, child.output).toBe(true);
    expect(child.output).not.toMatch(/unhandled|uncaught/i);
  }
});

const tokenOf = (userId: string, roles: string[]) =>
  new SignJWT({ roles })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuer('us')
    .sign(new TextEncoder().encode(SECRET));

function client(): RawClient {
  const opened = new RawClient(gate.address);
  clients.push(opened);
  return opened;
}

function dial(address: string): Socket {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
  sockets.add(socket);
  socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  return socket;
}

/** Sends bytes over a connection of its own; what came back when the other side closed it, or at the latest after a while. */
function exchange(address: string, bytes: Buffer, waitMs = 300): Promise<string> {
  const socket = dial(address);
  let heard = '';
  socket.on('data', (data) => (heard += data.toString('latin1')));
  socket.write(bytes);
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(heard);
    });
  });
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as RawFailure,
  );

describe('identity', () => {
  const forged = { 'x-user-id': 'root', 'goverse-user-id': 'root', 'goverse-secret': 'guess', 'x-roles': 'admin' };
  const relayed = (objectId: string) => ({ objectId, method: 'Context' });

  it('of a token is seen by every object of the chain, on every node', async () => {
    const headers = { authorization: `Bearer ${await tokenOf('ann', ['staff'])}`, ...forged };
    for (const { address } of nodes) {
      for (const other of nodes) {
        const relay = `${address}/Relay-${other.address}`;
        const seen = await client().call(relay, 'Call', relayed(`${other.address}/Echo-1`), { headers });
        expect(seen).toMatchObject({ caller: { userId: 'ann', roles: ['staff'] }, isFromClient: false });
        const answer = await sendJson(
          gate.http,
          'POST',
          pathOf(relay, 'Call'),
          relayed(`${other.address}/Echo-2`),
          headers,
        );
        expect(valueOf(answer)).toMatchObject({ caller: { userId: 'ann', roles: ['staff'] }, isFromClient: false });
      }
    }
  });

  it('is that of nobody without a token, whatever the headers say', async () => {
    const seen = await client().call(
      'Relay-1',
      'Call',
      { ...relayed('Echo-1'), caller: { userId: 'root' } },
      { headers: forged },
    );
    expect(seen).not.toHaveProperty('caller');
    const answer = await sendJson(
      gate.http,
      'POST',
      `${pathOf('Echo-1', 'Context')}?userId=root`,
      { userId: 'root' },
      forged,
    );
    expect(valueOf(answer)).not.toHaveProperty('caller');
  });

  it('is not taken from tokens of somebody else', async () => {
    const forgedToken = await new SignJWT({ sub: 'root' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('us')
      .sign(new TextEncoder().encode('a guess at the secret, long enough'));
    for (const authorization of [`Bearer ${forgedToken}`, 'Bearer x.y.z', 'Basic cm9vdDpyb290']) {
      expect((await failureOf(client().call('Echo-1', 'Echo', 1, { headers: { authorization } })))?.reason).toBe(
        'UNAUTHENTICATED',
      );
      const answer = await sendJson(gate.http, 'POST', pathOf('Echo-1', 'Echo'), 1, { authorization });
      expect(problemOf(answer)).toMatchObject({ status: 401, reason: 'UNAUTHENTICATED' });
    }
  });

  it('of another client is not lent by its id', async () => {
    const owner = await client().register();
    const tokens: Record<string, string>[] = [{}, { 'x-client-token': 'x'.repeat(43) }, { 'x-client-token': '' }];
    for (const headers of tokens) {
      const stolen = await failureOf(
        client().call('Echo-1', 'Context', undefined, { clientId: owner.clientId, headers }),
      );
      expect(stolen?.reason).toBe('CLIENT_ID_NOT_YOURS');
      const answer = await send(gate.http, 'POST', pathOf('Echo-1', 'Context'), {
        headers: { 'x-client-id': owner.clientId, ...headers },
      });
      expect(problemOf(answer).reason).toBe('CLIENT_ID_NOT_YOURS');
    }
  });
});

describe('rules', () => {
  it('hold for creation and deletion, and for every way to write an id', async () => {
    for (const id of ['Greeter-1', 'shard#5/Greeter-1', `${nodes[0]!.address}/Greeter-1`]) {
      expect((await failureOf(client().create(id)))?.reason).toBe('ACCESS_DENIED');
      expect((await failureOf(client().delete(id)))?.reason).toBe('ACCESS_DENIED');
      expect(problemOf(await send(gate.http, 'PUT', pathOf(id))).reason).toBe('ACCESS_DENIED');
    }
    expect((await failureOf(client().call('Echo-1', 'Hello', {}, { type: 'Greeter' })))?.reason).toBe('ACCESS_DENIED');
    const authorization = `Bearer ${await tokenOf('ann', [])}`;
    expect((await send(gate.http, 'PUT', pathOf('Greeter-1'), { headers: { authorization } })).status).toBe(201);
  });

  it('are not slowed down by an id made for their expressions', async () => {
    // An engine that tries every way through them would not end before the sun does.
    const evil = `${'a'.repeat(200)}-!`;
    await Promise.all(Array.from({ length: 200 }, () => failureOf(client().call(evil, 'Echo', 1))));
  });

  it('see the id that the node sees, not a path', async () => {
    for (const id of ['Greeter-../Echo-1', '../Greeter-1', 'Echo-1/../Greeter-1', '..\\Greeter-1', 'Greeter-%2e%2e'])
      expect((await send(gate.http, 'POST', pathOf(id, 'Hello'))).status, id).toBeGreaterThanOrEqual(400);
    expect(valueOf(await sendJson(gate.http, 'POST', pathOf('Echo-..\\..\\etc', 'Echo'), 1))).toBe(1);
    for (const path of [
      '/v1/objects/Echo-1/../Greeter-1/Hello',
      '/v1/objects/..%2f..%2fhealthz/x',
      '/v1/objects//Echo-1/Echo',
      '/../../etc/passwd',
    ])
      expect((await send(gate.http, 'POST', path)).status, path).toBeGreaterThanOrEqual(400);
  });
});

describe('garbage', () => {
  it('instead of protobuf ends each call with one status', async () => {
    const random = new SeededRandom(seed);
    const valid = Buffer.from('0a064563686f2d3112044563686f1a0131', 'hex');
    const garble = () => {
      const bytes = Buffer.from(
        random.chance(0.3) ? Array.from({ length: random.below(64) }, () => random.below(256)) : valid,
      );
      for (let i = random.below(6); i > 0 && bytes.length > 0; i--)
        bytes[random.below(bytes.length)] = random.below(256);
      return random.chance(0.2) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
    };
    const one = client();
    const methods = ['CallObject', 'CreateObject', 'DeleteObject'];
    const calls = Array.from({ length: 600 }, () => failureOf(one.sendGarbage(random.pick(methods), garble())));
    for (const failure of await Promise.all(calls)) if (failure) expect(failure.code).not.toBe('UNAVAILABLE');
    expect(await one.call('Echo-1', 'Echo', 'still there')).toBe('still there');
  });

  it('instead of HTTP closes its connection', async () => {
    const random = new SeededRandom(seed + 1);
    const valid =
      'POST /v1/objects/Echo-1/Echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1';
    const garble = () => {
      const bytes = Buffer.from(random.chance(0.2) ? 'x'.repeat(random.below(200)) : valid, 'latin1');
      for (let i = random.below(8); i > 0 && bytes.length > 0; i--)
        bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    };
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(gate.http, garble())));
      for (const answer of answers) if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 [2-5]\d\d /);
    }
  });

  it('instead of WebSocket frames closes its connection', async () => {
    const random = new SeededRandom(seed + 3);
    const key = Buffer.alloc(16, 7).toString('base64');
    const head = `GET /v1/connect HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
    // A masked text frame with a mask of zeros: what it holds is sent as it is.
    const framed = (text: string) =>
      Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text, 'latin1')]);
    const texts = [
      '{',
      '[]',
      'null',
      '{"seq":-1}',
      '{"seq":1,"call":5}',
      '{"seq":1,"register":{}}',
      '{"seq":1e99,"ping":{}}',
    ];
    const noise = () => Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)));
    let understood = 0;
    for (let round = 0; round < 5; round++) {
      const frames = () => Array.from({ length: random.below(5) }, () => framed(random.pick(texts)));
      const bytes = () => Buffer.concat([Buffer.from(head), ...frames(), noise()]);
      const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(gate.http, bytes(), 1_000)));
      const heard = answers.filter((answer) => answer !== '');
      understood += heard.length;
      for (const answer of heard) expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    }
    expect(understood).toBeGreaterThan(0);
  });

  it('instead of HTTP/2 closes its connection', async () => {
    const random = new SeededRandom(seed + 2);
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00', 'latin1');
    const frames = () => Buffer.from(Array.from({ length: random.below(400) }, () => random.below(256)));
    for (let round = 0; round < 10; round++) {
      const bytes = () => (random.chance(0.8) ? Buffer.concat([preface, frames()]) : frames());
      await Promise.all(Array.from({ length: 50 }, () => exchange(gate.address, bytes())));
    }
  });
});

describe('bombs', () => {
  it('in compressed messages and bodies do not go off', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * MiB));
    const before = residentBytes(gate.child.pid);
    const session = connectHttp2(`http://${gate.address}`);
    const framed = Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), bomb]);
    framed.writeUInt32BE(bomb.length, 1);
    const statuses = await Promise.all(
      Array.from({ length: 8 }, () => {
        const stream = session.request({
          ':method': 'POST',
          ':path': '/goverse.client.ClientService/CallObject',
          'content-type': 'application/grpc',
          'grpc-encoding': 'gzip',
          te: 'trailers',
        });
        stream.end(framed);
        return new Promise((resolve) => {
          stream.on('response', (head) => 'grpc-status' in head && resolve(head['grpc-status']));
          stream.on('trailers', (trailers) => resolve(trailers['grpc-status']));
          stream.on('error', resolve).resume();
        });
      }),
    );
    session.destroy();
    expect(new Set(statuses)).toEqual(new Set(['8']));
    const answer = await send(gate.http, 'POST', pathOf('Echo-1', 'Echo'), {
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: bomb.subarray(0, 1000),
    });
    expect(answer.status).toBe(415);
    expect(residentBytes(gate.child.pid) - before).toBeLessThan(150 * MiB);
  });

  it('of endless and oversized bodies are refused before they have been read', async () => {
    const before = residentBytes(gate.child.pid);
    const head = 'POST /v1/objects/Echo-1/Echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    const oversized = await exchange(gate.http, Buffer.from(`${head}Content-Length: 99999999999\r\n\r\n[`), 5_000);
    expect(oversized).toMatch(/^HTTP\/1\.1 413 /);
    const chunked = Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = (bytes: number) =>
      Buffer.concat([Buffer.from(`${bytes.toString(16)}\r\n`), Buffer.alloc(bytes, 0x20), Buffer.from('\r\n')]);
    const oneTooMany = await exchange(gate.http, Buffer.concat([chunked, chunk(MiB + 1)]), 30_000);
    expect(oneTooMany).toMatch(/^HTTP\/1\.1 413 /);
    const socket = dial(gate.http);
    let heard = '';
    socket.on('data', (data) => (heard += data.toString()));
    socket.write(chunked);
    const more = chunk(65_536);
    let written = 0;
    socket.setMaxListeners(0);
    const moved = () =>
      new Promise<void>((resolve) => {
        for (const event of ['drain', 'data', 'close']) socket.once(event, () => resolve());
      });
    while (heard === '' && !socket.destroyed && written < 64 * MiB) {
      written += more.length;
      if (!socket.write(more)) await moved();
    }
    expect(written).toBeLessThan(64 * MiB);
    // Whoever still writes into a connection that was closed may find it broken before the answer was read.
    expect(heard).toMatch(/^(HTTP\/1\.1 413 [^]*)?$/);
    expect(residentBytes(gate.child.pid) - before).toBeLessThan(100 * MiB);
  });
});

describe('connections', () => {
  it('that are half open or never read cost nobody else anything', async () => {
    const half = Array.from({ length: 150 }, () => {
      const socket = dial(gate.http);
      socket.write('POST /v1/objects/Echo-1/Echo HTTP/1.1\r\nHost: a\r\nContent-Le');
      return new Promise((resolve) => socket.resume().on('close', resolve));
    });
    for (let i = 0; i < 150; i++) {
      const socket = dial(gate.http).pause();
      socket.write('GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n');
      dial(gate.address);
    }
    // Slow senders are closed; that these end is the end of the wait.
    await Promise.all(half);
    expect(await client().call('Echo-1', 'Echo', 1)).toBe(1);
  });

  it('may come in a storm of 5 000, opened and dropped', async () => {
    for (let round = 0; round < 10; round++) {
      const storm = Array.from({ length: 500 }, async (_, i) => {
        const socket = dial(i % 2 === 0 ? gate.http : gate.address);
        await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
        if (i % 3 === 0) socket.write(i % 2 === 0 ? 'GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n' : 'PRI * HT');
        if (i % 5 === 0) socket.resetAndDestroy();
        else socket.destroy();
      });
      await Promise.all(storm);
    }
    expect(await client().call('Echo-1', 'Echo', 1)).toBe(1);
  });
});
