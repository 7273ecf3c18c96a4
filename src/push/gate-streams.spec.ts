import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { GoverseError } from '../core/index.js';
import { REGISTERED_MESSAGE, encodeEnvelope, encodeMovedClients, encodeWantedClients } from '../rpc/index.js';
import type { GateSink } from './gate-stream.js';
import { GATE_QUEUE_BYTES } from './gate-stream.js';
import { GateStreams } from './gate-streams.js';

const GATE = '10.0.0.1:49000';

/** A gate's stream whose reader the test controls. */
class ScriptedSink extends EventEmitter implements GateSink {
  readonly written: Buffer[] = [];
  takes = true;
  ends = 0;

  write(message: Buffer): boolean {
    this.written.push(message);
    return this.takes;
  }

  end(): void {
    this.ends++;
    this.emit('close');
  }

  texts(): string[] {
    return this.written.slice(1).map(String);
  }
}

function attached(gateQueueLimit = 3): { streams: GateStreams; sink: ScriptedSink } {
  const streams = new GateStreams({ gateQueueLimit });
  const sink = new ScriptedSink();
  streams.attach(GATE, sink);
  return { streams, sink };
}

const push = (streams: GateStreams, text: string) => streams.send(GATE, Buffer.from(text), 0);

async function reason(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'fine',
    (error: GoverseError) => error.reason,
  );
}

describe('GateStreams', () => {
  it('confirms the registration first', () => {
    const { streams, sink } = attached();
    expect(sink.written).toEqual([REGISTERED_MESSAGE]);
    expect(streams.gates()).toEqual([GATE]);
  });

  it.each(['', 'gate', 'gate:0', 'x/y:1'])('refuses the gate address %j', (address) => {
    const streams = new GateStreams({ gateQueueLimit: 1 });
    expect(() => streams.attach(address, new ScriptedSink())).toThrow(
      expect.objectContaining({ reason: 'INVALID_ARGUMENT' }),
    );
    expect(streams.gates()).toEqual([]);
  });

  it('rejects GATE_NOT_CONNECTED for a gate that is not registered', async () => {
    expect(await reason(push(new GateStreams({ gateQueueLimit: 1 }), 'x'))).toBe('GATE_NOT_CONNECTED');
  });

  it('queues exactly its limit for a gate that does not read, then rejects QUEUE_FULL', async () => {
    const { streams, sink } = attached(3);
    sink.takes = false;
    await push(streams, '0');
    const outcomes = await Promise.all(['1', '2', '3', '4', '5'].map((text) => reason(push(streams, text))));
    expect(outcomes).toEqual(['fine', 'fine', 'fine', 'QUEUE_FULL', 'QUEUE_FULL']);
    expect(sink.texts()).toEqual(['0']);
  });

  it('sends what waited, in order, when the gate reads again, and takes more', async () => {
    const { streams, sink } = attached(3);
    sink.takes = false;
    for (const text of ['0', '1', '2', '3']) await push(streams, text);
    sink.emit('drain');
    expect(sink.texts()).toEqual(['0', '1']);
    sink.takes = true;
    sink.emit('drain');
    await push(streams, '4');
    expect(sink.texts()).toEqual(['0', '1', '2', '3', '4']);
  });

  it('never holds more bytes for a gate than it may', async () => {
    const { streams, sink } = attached(1000);
    sink.takes = false;
    const big = Buffer.alloc(GATE_QUEUE_BYTES / 4 + 1);
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => reason(streams.send(GATE, big, 0))));
    expect(outcomes).toEqual(['fine', 'fine', 'fine', 'fine', 'QUEUE_FULL', 'QUEUE_FULL']);
  });

  it('ends the first stream when the same gate registers again', async () => {
    const { streams, sink } = attached();
    const second = new ScriptedSink();
    streams.attach(GATE, second);
    expect(sink.ends).toBe(1);
    await push(streams, 'x');
    expect(sink.texts()).toEqual([]);
    expect(second.texts()).toEqual(['x']);
    sink.emit('cancelled');
    expect(streams.gates()).toEqual([GATE]);
  });

  it.each(['cancelled', 'close', 'error'])('frees the queue and forgets the gate on %s', async (event) => {
    const { streams, sink } = attached();
    sink.takes = false;
    await push(streams, '0');
    await push(streams, '1');
    sink.emit(event, new Error('gone'));
    expect(streams.gates()).toEqual([]);
    expect(await reason(push(streams, '2'))).toBe('GATE_NOT_CONNECTED');
    sink.emit('drain');
    expect(sink.texts()).toEqual(['0']);
  });

  it('gives the gate its report, whole or in parts', async () => {
    const { streams } = attached();
    const [one, two] = [streams.nextPushId(), streams.nextPushId()];
    const [first, second] = [streams.send(GATE, Buffer.from('x'), one), streams.send(GATE, Buffer.from('y'), two)];
    const failure = (clientId: string) => ({ clientId, reason: 'QUEUE_FULL' });
    streams.report(GATE, { pushId: two, delivered: 2, failed: [failure('a')], more: true });
    streams.report('10.0.0.2:49000', { pushId: one, delivered: 9, failed: [] });
    streams.report(GATE, { pushId: one, delivered: 1, failed: [] });
    streams.report(GATE, { pushId: two, delivered: 0, failed: [failure('b')] });
    streams.report(GATE, { pushId: two, delivered: 5, failed: [] });
    expect(await first).toEqual({ delivered: 1, failed: [] });
    expect(await second).toEqual({ delivered: 2, failed: [failure('a'), failure('b')] });
  });

  it('rejects GATE_NOT_CONNECTED when the stream ends before the report', async () => {
    const { streams, sink } = attached();
    const waiting = reason(streams.send(GATE, Buffer.from('x'), streams.nextPushId()));
    sink.emit('cancelled');
    expect(await waiting).toBe('GATE_NOT_CONNECTED');
  });

  it('rejects GATE_NOT_CONNECTED when the report does not come in time', async () => {
    const streams = new GateStreams({ gateQueueLimit: 3, reportTimeoutMs: 20 });
    streams.attach(GATE, new ScriptedSink());
    expect(await reason(streams.send(GATE, Buffer.from('x'), streams.nextPushId()))).toBe('GATE_NOT_CONNECTED');
  });

  it('knows that a gate can report while at least one of its links is up', () => {
    const { streams } = attached();
    expect(streams.canReport(GATE)).toBe(false);
    streams.linkUp(GATE);
    streams.linkUp(GATE);
    streams.linkDown(GATE);
    expect(streams.canReport(GATE)).toBe(true);
    streams.linkDown(GATE);
    expect(streams.canReport(GATE)).toBe(false);
  });

  it('ends every stream when it closes', () => {
    const { streams, sink } = attached();
    streams.close();
    streams.close();
    expect(sink.ends).toBe(1);
    expect(streams.gates()).toEqual([]);
  });
});

describe('clients that go from gate to gate', () => {
  const other = '10.0.0.2:49000';
  const id = `${GATE}/aaaaaa-client`;
  const about = (clientTag: string) => ({ tag: clientTag, windowMs: 60_000, adopted: [] });
  const request = {
    clientId: id,
    gateAddr: other,
    clientTag: 'bbbbbb',
    askOnly: false,
    decided: true,
    settled: true,
    received: 0,
  };

  it('sends what was kept for a client over the stream of the gate that says that it has it', () => {
    const streams = new GateStreams({ gateQueueLimit: 1 });
    const [first, second] = [new ScriptedSink(), new ScriptedSink()];
    streams.attach(GATE, first, about('aaaaaa'));
    first.end();
    for (const text of ['1', '2']) streams.park(id, Buffer.from(text));
    streams.attach(other, second, about('bbbbbb'));
    second.takes = false;
    streams.adopt(request);
    second.emit('drain');
    const kept = (text: string) => encodeEnvelope({ clientIds: [id], message: Buffer.from(text), pushId: 0 });
    expect(second.written).toEqual([REGISTERED_MESSAGE, kept('1'), kept('2')]);
    expect(streams.homes.gateOf(id, GATE)).toBe(other);
  });

  it('tells a gate that is about to leave for which of its clients another one waits', () => {
    const streams = new GateStreams({ gateQueueLimit: 1 });
    const sink = new ScriptedSink();
    streams.attach(GATE, sink, about('aaaaaa'));
    const ask = { ...request, askOnly: true };
    expect(streams.adopt(ask).state).toBe('held');
    streams.homes.gateAnnouncesLeaving(GATE);
    expect(streams.adopt(ask).state).toBe('leaving');
    expect(sink.written).toEqual([REGISTERED_MESSAGE, encodeWantedClients([id])]);
  });

  it('tells a gate whose client is at another one', () => {
    const streams = new GateStreams({ gateQueueLimit: 1 });
    const sink = new ScriptedSink();
    streams.attach(GATE, sink, about('aaaaaa'));
    streams.attach(other, new ScriptedSink(), about('bbbbbb'));
    expect(streams.adopt({ ...request, decided: false, settled: false })).toEqual({ state: 'held', pushes: [] });
    streams.adopt(request);
    const moved = [REGISTERED_MESSAGE, encodeMovedClients([id])];
    expect(sink.written).toEqual(moved);
    const again = new ScriptedSink();
    streams.attach(GATE, again, about('aaaaaa'));
    expect(again.written).toEqual(moved);
  });
});
