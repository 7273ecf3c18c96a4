import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { GrpcGateDouble, refusal } from '../../test/support/grpc-gate-double.js';
import { HttpGateDouble, problem } from '../../test/support/http-gate-double.js';
import type { ClientOptions } from './client-options.js';
import { GoverseClient } from './goverse-client.js';

const open: { close?(): unknown; stop?(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await (one.close?.() ?? one.stop?.());
});

function later<T extends (typeof open)[number]>(thing: T): T {
  open.push(thing);
  return thing;
}

async function connect(gates: string[], options: ClientOptions = {}): Promise<GoverseClient> {
  return later(await GoverseClient.connect(gates, { backoffMs: 5, maxBackoffMs: 20, ...options }));
}

const STOPPING = 'This gate is stopping; connect to another one';

/** A gate that refuses every call; `passedOn`: a method ran, and passed on what it was told. */
const GATES = {
  grpc: async () => {
    const gate = later(await GrpcGateDouble.start());
    const calls: number[] = [];
    return {
      gate,
      calls,
      refuse: (passedOn = false) => {
        const refused = refusal(status.UNAVAILABLE, 'NOT_READY', STOPPING);
        if (passedOn) refused.metadata!.set('goverse-retryable', 'false');
        gate.onCall = ({ timeoutMs }, _metadata, answer) => (calls.push(timeoutMs as number), answer(refused));
      },
      serve: () => {
        gate.onCall = ({ timeoutMs }, _metadata, answer) => {
          calls.push(timeoutMs as number);
          answer(null, { payload: Buffer.from('"served"') });
        };
      },
    };
  },
  http: async () => {
    const gate = later(await HttpGateDouble.start());
    const calls: number[] = [];
    return {
      gate,
      calls,
      refuse: (passedOn = false) => {
        gate.onCall = ({ headers }, response) => {
          calls.push(Number(headers['x-timeout-ms']));
          problem(response, 503, { reason: 'NOT_READY', detail: STOPPING }, passedOn ? {} : { 'retry-after': '1' });
        };
      },
      serve: () => {
        gate.onCall = ({ headers }, response) => {
          calls.push(Number(headers['x-timeout-ms']));
          response.writeHead(200, { 'content-type': 'application/json' }).end('"served"');
        };
      },
    };
  },
};

describe.each(Object.entries(GATES))('A call that a gate refuses (%s)', (_name, start) => {
  it('goes to the next gate when the first one stops, with the time that is left', async () => {
    const [first, second] = [await start(), await start()];
    first.refuse();
    second.serve();
    const client = await connect([first.gate.url, second.gate.url]);
    const call = client.callObject('A-b', 'x', 1, { timeoutMs: 20_000 });
    await expect.poll(() => first.calls.length).toBeGreaterThan(0);
    first.gate.endStreams();
    expect(await call).toBe('served');
    expect(second.calls).toHaveLength(1);
    expect(second.calls[0]).toBeLessThanOrEqual(20_000);
  });

  it('is sent again to the same gate when that one stays', async () => {
    const gate = await start();
    gate.refuse();
    const client = await connect([gate.gate.url]);
    const call = client.callObject('A-b', 'x');
    await expect.poll(() => gate.calls.length).toBeGreaterThan(2);
    gate.serve();
    expect(await call).toBe('served');
  });

  it('ends by its deadline with what the gate said, and at once when the caller or the client gives up', async () => {
    const gate = await start();
    gate.refuse();
    const client = await connect([gate.gate.url], { backoffMs: 60_000, maxBackoffMs: 60_000 });
    await expect(client.callObject('A-b', 'x', 1, { timeoutMs: 1_500 })).rejects.toMatchObject({
      reason: 'NOT_READY',
      message: STOPPING,
    });
    const user = new AbortController();
    const cancelled = client.callObject('A-b', 'x', 1, { signal: user.signal });
    const closed = client.callObject('A-b', 'x');
    await expect.poll(() => gate.calls.length).toBe(3);
    user.abort();
    await expect(cancelled).rejects.toMatchObject({ reason: 'CANCELLED' });
    const ended = expect(closed).rejects.toMatchObject({ reason: 'CANCELLED' });
    await client.close();
    await ended;
  });

  it('is not sent again when a method ran and passed the refusal on', async () => {
    const gate = await start();
    gate.refuse(true);
    const client = await connect([gate.gate.url]);
    await expect(client.callObject('A-b', 'x')).rejects.toMatchObject({ reason: 'NOT_READY', retryable: false });
    expect(gate.calls).toHaveLength(1);
  });
});
