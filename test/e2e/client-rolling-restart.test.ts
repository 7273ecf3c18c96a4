import { setTimeout as pause } from 'node:timers/promises';
import type { PushGap } from 'nestjs-goverse/client';
import { GoverseClient } from 'nestjs-goverse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { GateProcesses } from '../support/gate-processes.js';
import { RawNode } from '../support/raw-node.js';
import { jsonAny, readJsonAny } from '../support/raw-protocol.js';

const BATCH = 20;

describe('a rolling restart of the gates', () => {
  let processes: GateProcesses;
  let node: RawNode;

  beforeAll(async () => {
    processes = await GateProcesses.start();
    node = new RawNode(processes.nodeAddress);
  });

  afterAll(async () => {
    node?.close();
    await processes?.stop();
  });

  it('costs clients of every protocol no push, no id and no gap', async () => {
    const startOn = async (listen: string, http: string) =>
      processes.startGate('--listen', listen, '--http-listen', http);
    const somewhere = async () => `127.0.0.1:${await freePort()}`;
    const gates = [
      await startOn(await somewhere(), await somewhere()),
      await startOn(await somewhere(), await somewhere()),
    ];
    const addresses = gates.map(({ address, http }) => ({ grpc: address, ws: http, http }));
    const clients = await Promise.all(
      (['grpc', 'ws', 'http'] as const).flatMap((scheme) =>
        [addresses, addresses.toReversed()].map(async (order) => {
          const urls = order.map((address) => `${scheme}://${address[scheme]}`);
          const client = await GoverseClient.connect(urls, { backoffMs: 20, maxBackoffMs: 200 });
          const [seen, gaps, at]: [number[], PushGap[], (string | undefined)[]] = [[], [], []];
          client.on<{ n: number }>('Note', ({ n }) => seen.push(n));
          client.onGap((gap) => gaps.push(gap));
          client.onState(({ state, gate }) => state === 'connected' && at.push(gate));
          return { client, id: client.clientId, seen, gaps, at, pushed: 0 };
        }),
      ),
    );
    let restarting = true;
    const pushing = clients.map(async (one, n) => {
      while (restarting) {
        const batch = { clientIds: [one.id], from: one.pushed, count: BATCH };
        const answer = await node.call(`Pusher-rolling${n}`, 'Push', jsonAny(batch));
        expect(readJsonAny(answer!).data).toEqual({ [one.id]: { delivered: BATCH } });
        one.pushed += BATCH;
        await pause(5);
      }
    });
    const restart = async () => {
      for (const { child, address, http } of gates) {
        expect(await child.stop('SIGTERM')).toBe(0);
        await startOn(address, http);
      }
      restarting = false;
    };
    await Promise.all([...pushing, restart()]);
    for (const { client, id, seen, gaps, at, pushed } of clients) {
      await expect.poll(() => seen.length).toBeGreaterThanOrEqual(pushed);
      expect(seen).toEqual(Array.from({ length: pushed }, (_, n) => n));
      expect([client.clientId, gaps, at.length > 0]).toEqual([id, [], true]);
      await client.close();
    }
  });
});
