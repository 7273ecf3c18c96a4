import { describe, expect, it } from 'vitest';
import { failureOf } from '../support/raw-call.js';
import { readAny, readJsonAny } from '../support/raw-protocol.js';
import { useFixtureCluster } from '../support/use-fixture-cluster.js';

describe('pushes to a gRPC client written from the wire document', () => {
  const use = useFixtureCluster();

  it('come in the order they were pushed', async () => {
    const client = use.client();
    const { clientId, stream } = await client.register();
    await client.call('Pusher-order', 'Push', { count: 300 }, { clientId });
    const notes = (await stream.take(300)).map(readJsonAny);
    expect(notes).toEqual(Array.from({ length: 300 }, (_, n) => ({ type: 'Note', data: { n, text: '' } })));
  });

  it('travel as JSON under a type, or as the protobuf message', async () => {
    const client = use.client();
    const { clientId, stream } = await client.register();
    await client.call('Pusher-typed', 'PushTyped', undefined, { clientId });
    expect(readJsonAny(await stream.next())).toEqual({ type: 'Typed', data: { ok: true } });
    expect(readAny(await stream.next())).toEqual({
      type: 'fixture.Answer',
      message: { text: 'as protobuf', names: ['ann'], total: 7 },
    });
  });

  it('reach many, and the report names who did not get it', async () => {
    const [ann, bob] = [await use.client().register(), await use.client().register()];
    const gone = `${use.gate.address}/${'x'.repeat(20)}`;
    const elsewhere = `127.0.0.1:1/${'y'.repeat(20)}`;
    const clientIds = [ann.clientId, gone, bob.clientId, elsewhere];
    const report = await use.client().call('Pusher-many', 'PushReport', { clientIds, from: 7 });
    expect(report).toMatchObject({ delivered: 2 });
    expect((report as { failed: object[] }).failed).toEqual(
      expect.arrayContaining([
        { clientId: gone, reason: 'CLIENT_NOT_CONNECTED' },
        { clientId: elsewhere, reason: 'GATE_NOT_CONNECTED' },
      ]),
    );
    for (const { stream } of [ann, bob]) expect(readJsonAny(await stream.next()).data).toMatchObject({ n: 7 });
  });

  it('reach everybody as a broadcast', async () => {
    const registrations = [await use.client().register(), await use.client().register()];
    const report = await use.client().call('Pusher-all', 'Broadcast', { from: 42 });
    expect((report as { delivered: number }).delivered).toBeGreaterThanOrEqual(2);
    for (const { stream } of registrations)
      expect(readJsonAny(await stream.next())).toEqual({ type: 'Note', data: { n: 42, text: 'to all' } });
  });

  it.each([
    ['an id that is none', () => 'nobody', 'INVALID_CLIENT_ID', 'INVALID_ARGUMENT'],
    ['a gate that is not there', () => `127.0.0.1:1/${'x'.repeat(20)}`, 'GATE_NOT_CONNECTED', 'UNAVAILABLE'],
    ['a client that is not there', () => `${use.gate.address}/${'x'.repeat(20)}`, 'CLIENT_NOT_CONNECTED', 'NOT_FOUND'],
  ])('fail with their own error for %s', async (_what, clientId, reason, code) => {
    const failure = await failureOf(use.client().call('Pusher-errors', 'PushOne', { clientIds: [clientId()] }));
    expect(failure).toMatchObject({ reason, code });
  });

  it('end with the stream: the client is forgotten', async () => {
    const { clientId, stream } = await use.client().register();
    const client = use.client();
    expect(await client.call('Pusher-gone', 'PushOne', { clientIds: [clientId] })).toBe('delivered');
    stream.cancel();
    let reason: string | undefined;
    while (reason === undefined) {
      reason = await client.call('Pusher-gone', 'PushOne', { clientIds: [clientId] }).then(
        () => undefined,
        (error: { reason?: string }) => error.reason,
      );
    }
    expect(reason).toBe('CLIENT_NOT_CONNECTED');
  });
});
