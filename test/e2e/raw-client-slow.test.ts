import { describe, expect, it } from 'vitest';
import { readJsonAny } from '../support/raw-protocol.js';
import { useFixtureCluster } from '../support/use-fixture-cluster.js';

/** More than the queue of a client (1024) and what the kernel and HTTP/2 hold for a connection. */
const PUSHES = 3_000;
const SIZE = 8_192;

interface Outcome {
  readonly delivered: number;
  readonly firstFailed?: number;
  readonly reason?: string;
}

describe('clients that never read', () => {
  const use = useFixtureCluster();
  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

  it('get QUEUE_FULL for themselves, while the others on the gate get everything in order', async () => {
    const [sleepyGrpc, sleepySse] = [await use.client().register(), await use.events()];
    const [awakeGrpc, awakeSse] = [await use.client().register(), await use.events()];
    sleepyGrpc.stream.stopReading();
    sleepySse.stream.stopReading();

    const pusher = use.client();
    const push = (clientIds: string[], from: number, count: number) =>
      pusher.call('Pusher-flood', 'Push', { clientIds, from, count, size: SIZE }, { timeoutMs: 100_000 }) as Promise<
        Record<string, Outcome>
      >;
    const all = [sleepyGrpc, sleepySse, awakeGrpc, awakeSse].map(({ clientId }) => clientId);
    const outcomes = await push(all, 0, PUSHES);

    for (const { clientId } of [sleepyGrpc, sleepySse]) {
      expect(outcomes[clientId]).toMatchObject({ reason: 'QUEUE_FULL' });
      // The queue was used before it was full.
      expect(outcomes[clientId]!.delivered).toBeGreaterThanOrEqual(1_024);
      expect(outcomes[clientId]!.firstFailed).toBeGreaterThanOrEqual(1_024);
    }
    for (const { clientId } of [awakeGrpc, awakeSse]) expect(outcomes[clientId]).toEqual({ delivered: PUSHES });
    const grpcNumbers = (await awakeGrpc.stream.take(PUSHES)).map((any) => (readJsonAny(any).data as { n: number }).n);
    expect(grpcNumbers).toEqual(numbers(0, PUSHES));
    const sseNumbers = (await awakeSse.stream.take(PUSHES)).map(({ data }) => (data as { data: { n: number } }).data.n);
    expect(sseNumbers).toEqual(numbers(0, PUSHES));

    // Nothing has stopped: calls are answered, and whoever reads goes on reading.
    expect(await pusher.call('Echo-1', 'Echo', 'still there')).toBe('still there');
    await push([awakeGrpc.clientId], PUSHES, 1);
    expect(readJsonAny(await awakeGrpc.stream.next()).data).toMatchObject({ n: PUSHES });
    expect(use.alive).toBe(true);
  }, 120_000);

  it('leave nothing behind when they go', async () => {
    const { clientId, stream } = await use.client().register();
    stream.stopReading();
    const pusher = use.client();
    const push = async () => {
      const outcomes = (await pusher.call('Pusher-leaving', 'Push', {
        clientIds: [clientId],
        count: 200,
        size: SIZE,
      })) as Record<string, Outcome>;
      return outcomes[clientId]!;
    };
    expect((await push()).delivered).toBe(200);
    stream.cancel();
    let outcome: Outcome;
    do outcome = await push();
    while (outcome.reason === undefined);
    expect(outcome.reason).toBe('CLIENT_NOT_CONNECTED');
  });
});
