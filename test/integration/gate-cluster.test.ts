import { Module } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CallContext } from '../../src/core/index.js';
import { GoverseObject, Method } from '../../src/decorators/index.js';
import type { StartedGate } from '../../src/gate/index.js';
import { GateRuntime, GoverseGateModule, startGate } from '../../src/gate/index.js';
import type { StartedNode } from '../../src/node/index.js';
import { GoverseNodeModule, startNode } from '../../src/node/index.js';
import { PushService } from '../../src/push/index.js';
import { TestClient } from './gate-fixture.js';

@GoverseObject('Bell')
class Bell {
  constructor(private readonly push: PushService) {}

  @Method('Ring')
  async ring(tone: unknown, call: CallContext): Promise<unknown> {
    await this.push.pushMessageToClient(call.clientId ?? '', { type: 'Tone', data: tone });
    return call.caller ?? null;
  }
}

const alone = { argv: [], env: {}, handleSignals: false };
const nodes: StartedNode[] = [];
let gate: StartedGate;
let client: TestClient;

async function addNode(etcd: string[] | 'embedded'): Promise<StartedNode> {
  @Module({ imports: [GoverseNodeModule.forRoot({ listen: '127.0.0.1:0', etcd })], providers: [Bell] })
  class NodeModule {}
  const node = await startNode(NodeModule, alone);
  nodes.push(node);
  return node;
}

beforeAll(async () => {
  const { embeddedEtcd } = await addNode('embedded');
  const authenticator = { authenticate: () => ({ userId: 'ann', roles: ['ringer'] }) };
  @Module({
    imports: [
      GoverseGateModule.forRoot({
        listen: '127.0.0.1:0',
        httpListen: '127.0.0.1:0',
        etcd: [embeddedEtcd!],
        authenticator,
      }),
    ],
  })
  class GateModule {}
  gate = await startGate(GateModule, alone);
  client = new TestClient(gate.address);
});

afterAll(async () => {
  client.close();
  await gate.stop();
  for (const node of nodes.toReversed()) await node.stop();
});

it('brings calls to objects and their pushes back, with the identity of the client', async () => {
  const registered = client.register();
  const { clientId } = await registered.first();
  expect(await client.call('Bell-1', 'Ring', 'c', { clientId })).toEqual({ userId: 'ann', roles: ['ringer'] });
  expect(await registered.push()).toEqual({ type: 'Tone', data: 'c' });
});

it('registers with a node that joins later, and forgets one that leaves', async () => {
  const second = await addNode([nodes[0]!.embeddedEtcd!]);
  const runtime = gate.app.get(GateRuntime);
  await runtime.whenReady();
  const registered = client.register();
  const { clientId } = await registered.first();
  const onSecond = `${second.address}/Bell-2`;
  await client.call(onSecond, 'Ring', 'd', { clientId });
  expect(await registered.push()).toEqual({ type: 'Tone', data: 'd' });
  await second.stop();
  nodes.splice(nodes.indexOf(second), 1);
  await runtime.whenReady();
  await client.call('Bell-1', 'Ring', 'e', { clientId });
  expect(await registered.push()).toEqual({ type: 'Tone', data: 'e' });
});

it('serves HTTP from the application of the gate process', async () => {
  const response = await fetch(`http://${gate.httpAddress}/v1/objects/Bell-1/Ring`, { method: 'POST' });
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
  expect(await response.json()).toMatchObject({ reason: 'INVALID_CLIENT_ID' });
  const unknown = await fetch(`http://${gate.httpAddress}/v1/nothing`);
  expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  expect((await fetch(`http://${gate.httpAddress}/readyz`)).status).toBe(200);
});
