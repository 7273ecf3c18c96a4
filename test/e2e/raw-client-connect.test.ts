import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { RawConnect, valueOf } from '../support/raw-connect.js';
import { readJsonAny } from '../support/raw-protocol.js';
import { RawEventStream } from '../support/raw-event-stream.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import { useFixtureCluster } from '../support/use-fixture-cluster.js';

describe('one stream of a client written from the wire document', () => {
  const use = useFixtureCluster();
  const connect = (address = use.gate.address) => use.keep(new RawConnect(address));
  const webSocket = async (http = use.gate.http, protocols: string[] = []) =>
    use.keep(await RawWebSocket.open(`ws://${http}/v1/connect`, protocols));
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

  it('registers, calls, creates, deletes and is pushed to over Connect', async () => {
    const client = connect();
    const { client_id } = await client.register(1);
    client.send({ seq: 2, create: { object_id: 'Echo-connect', payload: Buffer.from('{"with":1}') } });
    expect(await client.frames.next()).toMatchObject({ seq: 2, result: { object_id: 'Echo-connect', created: true } });
    client.call(3, 'Echo-connect', 'CreatedWith');
    expect(valueOf(await client.frames.next())).toEqual({ with: 1 });
    client.call(4, 'Echo-connect', 'Context');
    expect(valueOf(await client.frames.next())).toMatchObject({ clientId: client_id, isFromClient: true });
    client.call(5, 'Pusher-connect', 'Push', { count: 300 });
    const frames = await client.frames.take(301);
    const notes = frames.flatMap(({ push }) => (push ? [[push.push_seq, readJsonAny(push.message).data]] : []));
    expect(notes).toEqual(Array.from({ length: 300 }, (_, n) => [n + 1, { n, text: '' }]));
    client.send({ ack: { push_seq: 300 } }, { seq: 6, delete: { object_id: 'Echo-connect', type: 'Echo' } });
    expect(await client.frames.next()).toMatchObject({ seq: 6, frame: 'result' });
  });

  it('has many calls under way, in order for one object, and gets each answer', async () => {
    const client = connect();
    const count = 1_000;
    for (let seq = 1; seq <= count; seq++) client.call(seq, `Echo-many${seq % 20}`, 'Echo', seq);
    const frames = await client.frames.take(count);
    expect(frames.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, n) => n + 1),
    );
    expect(frames.filter((frame) => valueOf(frame) !== frame.seq)).toEqual([]);
  });

  it('cancels a running turn, and gets errors as the table has them', async () => {
    const client = connect();
    const watcher = connect();
    client.call(1, 'Slow-connect', 'Hold');
    watcher.call(1, 'Slow-connect', 'Running', 1);
    expect(valueOf(await watcher.frames.next())).toBe(1);
    client.send({ seq: 1, cancel: {} });
    expect(await client.frames.next()).toMatchObject({
      seq: 1,
      error: { reason: 'CANCELLED', code: status.CANCELLED },
    });
    watcher.call(2, 'Slow-connect', 'Aborted', 1);
    expect(valueOf(await watcher.frames.next())).toBe(1);
    client.call(2, 'Faulty-connect', 'OwnReason');
    const { error } = await client.frames.next();
    expect(error).toMatchObject({ reason: 'ROOM_FULL', code: status.FAILED_PRECONDITION });
    expect(JSON.parse(error!.details_json)).toEqual({ limit: 4 });
    client.call(3, 'Faulty-connect', 'Plain');
    const hidden = await client.frames.next();
    expect(hidden.error).toMatchObject({ reason: 'METHOD_FAILED', message: 'internal error' });
    client.halfClose();
    expect((await client.frames.ended()).message).toBe('The stream has ended');
  });

  it('speaks protobuf to a method that declares it, over Connect and in base64 over the WebSocket', async () => {
    const greeting = Buffer.from([0x0a, 3, 0x61, 0x6e, 0x6e, 0x10, 2]);
    const [client, socket] = [connect(), await webSocket()];
    client.send({ seq: 1, call: { object_id: 'Greeter-a', method: 'Greet', payload: greeting } });
    const { payload } = (await client.frames.next()).result!;
    expect(payload.includes('hello ann')).toBe(true);
    socket.send({ seq: 1, call: { objectId: 'Greeter-b', method: 'Greet', payload: greeting.toString('base64') } });
    const { result } = (await socket.next()) as unknown as { result: { payload: string } };
    expect(result.payload).toBe(payload.toString('base64'));
    const plain = await webSocket(use.gate.http, ['goverse.json']);
    plain.send({ seq: 1, call: { objectId: 'Greeter-c', method: 'Greet', payload: { name: 'ann', times: 1 } } });
    expect(await plain.next()).toMatchObject({ seq: 1, result: { payload: { text: 'hello ann', names: ['ann'] } } });
  });

  it('does the same over the WebSocket', async () => {
    const socket = await webSocket();
    const { clientId } = await socket.register(1);
    socket.send({ seq: 2, call: { objectId: 'Echo-ws', method: 'Echo', payload: base64({ hi: 'ж' }) } });
    expect(await socket.next()).toEqual({ seq: 2, result: { payload: base64({ hi: 'ж' }) } });
    socket.send({ seq: 3, call: { objectId: 'Pusher-ws', method: 'PushTyped' } });
    expect(await socket.take(3)).toEqual(
      expect.arrayContaining([
        { seq: 3, result: { payload: '' } },
        {
          seq: 0,
          push: {
            pushSeq: '1',
            message: { '@type': 'type.googleapis.com/goverse.JsonMessage', type: 'Typed', json: base64({ ok: true }) },
          },
        },
        {
          seq: 0,
          push: {
            pushSeq: '2',
            message: { '@type': 'type.googleapis.com/fixture.Answer', text: 'as protobuf', names: ['ann'], total: '7' },
          },
        },
      ]),
    );
    expect(clientId.startsWith(`${use.gate.address}/`)).toBe(true);
  });

  it('is told to go elsewhere by a gate that gets SIGTERM, gets its answers and pushes, and the gate exits with 0', async () => {
    const gate = await use.startGate();
    const [client, socket] = [connect(gate.address), await webSocket(gate.http)];
    const events = use.keep(await RawEventStream.open(gate.http));
    await events.next();
    const [{ client_id }, { clientId }] = [await client.register(), await socket.register()];
    client.call(1, 'Slow-going', 'Hold');
    socket.send({ seq: 1, call: { objectId: 'Slow-going-ws', method: 'Hold' } });
    const helper = use.client();
    await helper.call('Slow-going', 'Running', 1);
    await helper.call('Slow-going-ws', 'Running', 1);
    const exit = gate.child.stop('SIGTERM');
    expect(await client.frames.next()).toMatchObject({ seq: 0, frame: 'going_away' });
    expect(await socket.next()).toMatchObject({ seq: 0, goingAway: {} });
    expect(await events.next()).toMatchObject({ name: 'going_away' });
    await helper.call('Pusher-going', 'Push', { clientIds: [client_id, clientId] });
    expect(await client.frames.next()).toMatchObject({ push: { push_seq: 1 } });
    expect(await socket.next()).toMatchObject({ push: { pushSeq: '1' } });
    await helper.call('Slow-going', 'Release');
    await helper.call('Slow-going-ws', 'Release');
    expect(valueOf(await client.frames.next())).toBe('released');
    expect(await socket.next()).toEqual({ seq: 1, result: { payload: base64('released') } });
    expect(await client.frames.ended()).toMatchObject({ code: 'UNAVAILABLE', reason: 'NOT_READY' });
    expect((await socket.ended()).code).toBe(1001);
    expect(await exit).toBe(0);
  });
});
