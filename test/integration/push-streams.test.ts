import type { ClientReadableStream, ServerWritableStream } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { GoverseError } from '../../src/core/index.js';
import { MessageRegistry, PayloadCodec, goverseError } from '../../src/core/index.js';
import { GateStreams, PushService } from '../../src/push/index.js';
import type { GateStreamsOptions, PushServiceParts } from '../../src/push/index.js';
import type { PushEnvelope } from '../../src/rpc/index.js';
import { NodeRegistration, assertClusterSecret, grpcStatusOf } from '../../src/rpc/index.js';
import type { ServeOptions, ServedNode } from './link-fixture.js';
import { MAX_PAYLOAD, happening, peerAt, poolOf, rawClient, serveNode } from './link-fixture.js';

const GATE = '10.1.0.1:49000';
const codec = new PayloadCodec(MessageRegistry.load([]));
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface PushingNode extends ServedNode {
  readonly gates: GateStreams;
  readonly push: PushService;
}

interface NodeSettings {
  readonly streams?: Partial<GateStreamsOptions>;
  readonly parts?: Partial<PushServiceParts>;
  readonly serve?: ServeOptions;
}

/** A node as far as pushes go. */
async function pushingNode({ streams, parts, serve }: NodeSettings = {}): Promise<PushingNode> {
  const gates = new GateStreams({ gateQueueLimit: 1024, ...streams });
  const register = (call: ServerWritableStream<{ gateAddr: string }, Buffer>) => {
    try {
      assertClusterSecret(call.metadata, serve?.secret);
      gates.attach(call.request.gateAddr, call);
    } catch (error) {
      call.emit('error', grpcStatusOf(error));
    }
  };
  const served = await serveNode({
    ...serve,
    methods: { RegisterGate: register },
    handler: {
      pushReport: (peer, report) => gates.report(peer.address, report),
      linkUp: (peer) => gates.linkUp(peer.address),
      linkDown: (peer) => gates.linkDown(peer.address),
    },
  });
  const push = new PushService(() => ({ gates, codec, maxPayloadBytes: MAX_PAYLOAD, ...parts }));
  cleanups.push(() => served.listener.close(0));
  return { ...served, gates, push };
}

interface TestGate {
  readonly registration: NodeRegistration;
  readonly envelopes: PushEnvelope[];
  readonly arrived: (count: number) => Promise<void>;
}

/** The gate half; `answer` says what becomes of each client (undefined = delivered). */
function gateAt(
  nodeAddress: string,
  answer: (clientId: string) => string | undefined = () => undefined,
  address = GATE,
): TestGate {
  const pool = poolOf({ self: peerAt(address, 'gate') });
  const envelopes: PushEnvelope[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const registration = new NodeRegistration({
    pool,
    nodeAddress,
    gateAddress: address,
    onEnvelope: (envelope, self) => {
      envelopes.push(envelope);
      const failed = (envelope.clientIds ?? []).flatMap((clientId) => {
        const reason = answer(clientId);
        return reason === undefined ? [] : [{ clientId, reason }];
      });
      const delivered = (envelope.clientIds?.length ?? 3) - failed.length;
      if (envelope.pushId > 0) self.report({ pushId: envelope.pushId, delivered, failed });
      for (const { count, resolve } of waiting) if (envelopes.length >= count) resolve();
    },
  });
  registration.start();
  cleanups.push(async () => {
    await registration.stop();
    await pool.close();
  });
  const arrived = (count: number) =>
    new Promise<void>((resolve) => (envelopes.length >= count ? resolve() : waiting.push({ count, resolve })));
  return { registration, envelopes, arrived };
}

/** A gate that speaks RegisterGate only, and reads only when told. */
function rawGate(nodeAddress: string, gateAddr = GATE): ClientReadableStream<object> {
  const client = rawClient(nodeAddress);
  cleanups.push(async () => client.close());
  const stream = client.registerGate({ gateAddr });
  stream.on('error', () => undefined);
  return stream;
}

const first = (stream: ClientReadableStream<object>) => new Promise<object>((resolve) => stream.once('data', resolve));
const ended = (stream: ClientReadableStream<object>) => new Promise<void>((resolve) => stream.once('end', resolve));

async function reason(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'fine',
    (error: GoverseError) => error.reason,
  );
}

const chat = (text: string) => ({ type: 'ChatMessage', data: { text } });
const textOf = ({ message }: PushEnvelope) => codec.decodePush(Buffer.from(message)) as { data: { text: string } };

describe('a push to one client', () => {
  it('resolves when the gate has put it into the queue of the client', async () => {
    const node = await pushingNode();
    const gate = gateAt(node.address);
    await gate.registration.whenRegistered();
    await node.push.pushMessageToClient(`${GATE}/ann`, chat('hi'));
    expect(gate.envelopes.length).toBe(1);
    expect(gate.envelopes[0]?.clientIds).toEqual([`${GATE}/ann`]);
    expect(gate.envelopes[0] && textOf(gate.envelopes[0]).data).toEqual({ text: 'hi' });
  });

  it('keeps the order of the pushes', async () => {
    const node = await pushingNode();
    const gate = gateAt(node.address);
    await gate.registration.whenRegistered();
    const texts = Array.from({ length: 1000 }, (_, i) => String(i));
    await Promise.all(texts.map((text) => node.push.pushMessageToClient(`${GATE}/ann`, chat(text))));
    expect(gate.envelopes.map((envelope) => textOf(envelope).data.text)).toEqual(texts);
  });

  it('rejects with the four errors of the design, and with PAYLOAD_TOO_LARGE', async () => {
    const node = await pushingNode();
    const answers: Record<string, string> = { gone: 'CLIENT_NOT_CONNECTED', slow: 'QUEUE_FULL' };
    const gate = gateAt(node.address, (clientId) => answers[clientId.split('/')[1] ?? '']);
    await gate.registration.whenRegistered();
    const push = (clientId: string, message: object = chat('x')) =>
      reason(node.push.pushMessageToClient(clientId, message));
    expect(await push('no-client-id')).toBe('INVALID_CLIENT_ID');
    expect(await push('10.1.0.9:49000/ann')).toBe('GATE_NOT_CONNECTED');
    expect(await push(`${GATE}/gone`)).toBe('CLIENT_NOT_CONNECTED');
    expect(await push(`${GATE}/slow`)).toBe('QUEUE_FULL');
    expect(await push(`${GATE}/ann`, chat('x'.repeat(MAX_PAYLOAD)))).toBe('PAYLOAD_TOO_LARGE');
    expect(gate.envelopes.length).toBe(2);
  });

  it('rejects QUEUE_FULL for a gate that never reads, and holds no more than its limit', async () => {
    const node = await pushingNode({ streams: { gateQueueLimit: 50 } });
    const gate = rawGate(node.address);
    await first(gate);
    gate.pause();
    const message = chat('x'.repeat(MAX_PAYLOAD - 200));
    let pushed = 0;
    let outcome = 'fine';
    while (outcome === 'fine' && pushed < 5000) {
      outcome = await reason(node.push.pushMessageToClient(`${GATE}/ann`, message));
      pushed++;
    }
    expect(outcome).toBe('QUEUE_FULL');
    gate.resume();
    await untilTaken(node);
  });

  it('resolves when it is queued for a gate that cannot report', async () => {
    const node = await pushingNode();
    const gate = rawGate(node.address);
    expect(await first(gate)).toMatchObject({ message: 'registerGateResponse' });
    const envelope = first(gate);
    await node.push.pushMessageToClient(`${GATE}/ann`, chat('hi'));
    expect(await envelope).toMatchObject({
      message: 'clientMessage',
      clientMessage: { clientIds: [`${GATE}/ann`], pushId: 0 },
    });
  });

  it('rejects GATE_NOT_CONNECTED when the gate does not report in time, or breaks before it does', async () => {
    const node = await pushingNode({ streams: { reportTimeoutMs: 30 } });
    const gate = rawGate(node.address);
    await first(gate);
    node.gates.linkUp(GATE);
    expect(await reason(node.push.pushMessageToClient(`${GATE}/ann`, chat('hi')))).toBe('GATE_NOT_CONNECTED');
    const patient = await pushingNode();
    const other = rawGate(patient.address);
    await first(other);
    patient.gates.linkUp(GATE);
    const waiting = reason(patient.push.pushMessageToClient(`${GATE}/ann`, chat('hi')));
    other.cancel();
    expect(await waiting).toBe('GATE_NOT_CONNECTED');
  });

  it('is refused, and nothing is sent, when the node may not push', async () => {
    const assertMayPush = () => {
      throw goverseError('FENCED', 'the lease is gone');
    };
    const node = await pushingNode({ parts: { assertMayPush } });
    const gate = gateAt(node.address);
    await gate.registration.whenRegistered();
    expect(await reason(node.push.pushMessageToClient(`${GATE}/ann`, chat('x')))).toBe('FENCED');
    expect(await reason(node.push.pushMessageToClients([`${GATE}/ann`], chat('x')))).toBe('FENCED');
    expect(await reason(node.push.broadcastToAllClients(chat('x')))).toBe('FENCED');
    expect(gate.envelopes).toEqual([]);
  });
});

describe('a push to many clients', () => {
  it('is one envelope per gate, and the report names who did not get it', async () => {
    const node = await pushingNode();
    const other = '10.1.0.2:49000';
    const one = gateAt(node.address, (id) => (id.endsWith('gone') ? 'CLIENT_NOT_CONNECTED' : undefined));
    const two = gateAt(node.address, undefined, other);
    await Promise.all([one.registration.whenRegistered(), two.registration.whenRegistered()]);
    const ids = [`${GATE}/ann`, `${other}/bob`, `${GATE}/gone`, `${GATE}/ann`, '10.1.0.9:1/x'];
    const report = await node.push.pushMessageToClients(ids, chat('hi'));
    expect(report).toEqual({
      delivered: 2,
      failed: [
        { clientId: `${GATE}/gone`, reason: 'CLIENT_NOT_CONNECTED' },
        { clientId: '10.1.0.9:1/x', reason: 'GATE_NOT_CONNECTED' },
      ],
    });
    expect(one.envelopes.map(({ clientIds }) => clientIds)).toEqual([[`${GATE}/ann`, `${GATE}/gone`]]);
    expect(two.envelopes.map(({ clientIds }) => clientIds)).toEqual([[`${other}/bob`]]);
  });

  it('sends nothing when one id is none', async () => {
    const node = await pushingNode();
    const gate = gateAt(node.address);
    await gate.registration.whenRegistered();
    expect(await reason(node.push.pushMessageToClients([`${GATE}/ann`, 'nonsense'], chat('x')))).toBe(
      'INVALID_CLIENT_ID',
    );
    await node.push.pushMessageToClient(`${GATE}/ann`, chat('the first'));
    expect(gate.envelopes.length).toBe(1);
  });

  it('reports on tens of thousands of clients', async () => {
    const node = await pushingNode();
    const gate = gateAt(node.address, () => 'CLIENT_NOT_CONNECTED');
    await gate.registration.whenRegistered();
    const ids = Array.from({ length: 50_000 }, (_, i) => `${GATE}/client-${i}`);
    const report = await node.push.pushMessageToClients(ids, chat('hi'));
    expect(report.delivered).toBe(0);
    expect(report.failed.length).toBe(ids.length);
    expect(gate.envelopes.length).toBe(1);
  });

  it('needs no clients', async () => {
    const node = await pushingNode();
    expect(await node.push.pushMessageToClients([], chat('x'))).toEqual({ delivered: 0, failed: [] });
    expect(await node.push.broadcastToAllClients(chat('x'))).toEqual({ delivered: 0, failed: [] });
  });
});

describe('a broadcast', () => {
  it('reaches every registered gate, and adds up their reports', async () => {
    const node = await pushingNode();
    const gates = [gateAt(node.address), gateAt(node.address, undefined, '10.1.0.2:49000')];
    await Promise.all(gates.map(({ registration }) => registration.whenRegistered()));
    const silent = rawGate(node.address, '10.1.0.3:49000');
    await first(silent);
    const heard = first(silent);
    expect(await node.push.broadcastToAllClients(chat('all'))).toEqual({ delivered: 6, failed: [] });
    for (const { envelopes } of gates) expect(envelopes.map(({ clientIds }) => clientIds)).toEqual([undefined]);
    expect(await heard).toMatchObject({ message: 'broadcastMessage' });
  });
});

describe('the registration of a gate', () => {
  it('ends the stream of an earlier registration of the same address', async () => {
    const node = await pushingNode();
    const old = rawGate(node.address);
    await first(old);
    const oldEnded = ended(old);
    old.resume();
    const gate = gateAt(node.address);
    await gate.registration.whenRegistered();
    await oldEnded;
    await node.push.pushMessageToClient(`${GATE}/ann`, chat('hi'));
    expect(gate.envelopes.length).toBe(1);
  });

  it('comes back by itself when the node does', async () => {
    const node = await pushingNode();
    const states: string[] = [];
    const back = happening();
    const pool = poolOf({ self: peerAt(GATE, 'gate') });
    const registration = new NodeRegistration({
      pool,
      nodeAddress: node.address,
      gateAddress: GATE,
      onEnvelope: () => undefined,
      onState: (state) => {
        states.push(state);
        if (state === 'registered' && states.includes('waiting')) back.happen();
      },
    });
    cleanups.push(async () => {
      await registration.stop();
      await pool.close();
    });
    registration.start();
    await registration.whenRegistered();
    await node.listener.close(0);
    expect(node.gates.gates()).toEqual([]);
    const again = await pushingNode({ serve: { listen: node.address } });
    await back.happened;
    expect(again.gates.gates()).toEqual([GATE]);
    expect(again.gates.canReport(GATE)).toBe(true);
    expect(states.slice(0, 3)).toEqual(['connecting', 'registered', 'waiting']);
  });

  it('is made anew when the node ends the stream', async () => {
    const node = await pushingNode();
    const gate = gateAt(node.address);
    await gate.registration.whenRegistered();
    node.gates.close();
    while (gate.registration.state === 'registered') await new Promise((resolve) => setImmediate(resolve));
    await gate.registration.whenRegistered();
    expect(node.gates.gates()).toEqual([GATE]);
  });

  it('ends on both sides when it is stopped', async () => {
    const node = await pushingNode();
    const gate = gateAt(node.address);
    await gate.registration.whenRegistered();
    await gate.registration.stop();
    expect(gate.registration.state).toBe('stopped');
    while (node.gates.gates().length > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await reason(gate.registration.whenRegistered())).toBe('NOT_READY');
  });

  it('is refused without the secret of the cluster', async () => {
    const node = await pushingNode({ serve: { secret: 's3cret' } });
    const gate = rawGate(node.address);
    const error = await new Promise<{ details: string }>((resolve) => gate.once('error', resolve));
    expect(error).toMatchObject({ code: 16 });
    expect(node.gates.gates()).toEqual([]);
  });
});

/** Pushes until the gate has made room. */
async function untilTaken(node: PushingNode): Promise<void> {
  while ((await reason(node.push.pushMessageToClient(`${GATE}/ann`, chat('x')))) !== 'fine') {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
