import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import type { OnActivate, OnDeactivate } from '../../src/index.js';
import { CallContext, GoverseObject, Method, PushService } from '../../src/index.js';
import { TestCluster } from '../../src/testing/index.js';

@Injectable()
class ProfanityFilter {
  clean(text: string): string {
    return text.replaceAll('darn', '****');
  }
}

class Said {
  constructor(readonly text: string) {}
}

@GoverseObject()
class Booth implements OnActivate, OnDeactivate {
  private readonly listeners = new Set<string>();

  constructor(
    private readonly push: PushService,
    private readonly filter: ProfanityFilter,
  ) {}

  onActivate(): void {}
  onDeactivate(): void {}

  @Method('Listen')
  listen(_: undefined, call: CallContext): string | undefined {
    if (call.clientId !== undefined) this.listeners.add(call.clientId);
    return call.clientId;
  }

  @Method()
  async say(text: string): Promise<{ delivered: number; failed: { clientId: string; reason: string }[] }> {
    return this.push.pushMessageToClients(this.listeners, new Said(this.filter.clean(text)));
  }

  @Method()
  sayTo(clientId: string): Promise<void> {
    return this.push.pushMessageToClient(clientId, new Said('you'));
  }

  @Method()
  shout(text: string): Promise<unknown> {
    return this.push.broadcastToAllClients({ type: 'Shout', data: { text } });
  }
}

const providers = [Booth, ProfanityFilter];

describe('TestCluster', () => {
  it('is a whole cluster: calls from nodes, pushes to clients of every gate', async () => {
    const cluster = await TestCluster.start({ nodes: 2, gates: 2, providers });
    try {
      const clients = [await cluster.connect(0), await cluster.connect(1)];
      const heard = clients.map(
        (client) => new Promise<unknown>((resolve) => client.on<{ text: string }>('Said', resolve)),
      );
      const shouts = clients.map((client) => new Promise<unknown>((resolve) => client.on('Shout', resolve)));
      for (const client of clients) {
        expect(await client.callObject('Booth-a', 'Listen')).toBe(client.clientId);
      }
      expect(await cluster.goverse.object(Booth, 'a').say('darn it')).toEqual({ delivered: 2, failed: [] });
      expect(await Promise.all(heard)).toEqual([{ text: '**** it' }, { text: '**** it' }]);
      expect(await cluster.goverse.object(Booth, 'a').shout('all')).toEqual({ delivered: 2, failed: [] });
      expect(await Promise.all(shouts)).toEqual([{ text: 'all' }, { text: 'all' }]);
    } finally {
      await cluster.stop();
    }
  });

  it('names the clients a push did not reach, and why', async () => {
    const cluster = await TestCluster.start({ nodes: 1, gates: 1, providers });
    try {
      const booth = cluster.goverse.object(Booth, 'a');
      const gate = cluster.gates[0]!.address;
      await expect(booth.sayTo('nonsense')).rejects.toMatchObject({ reason: 'INVALID_CLIENT_ID' });
      await expect(booth.sayTo('127.0.0.1:1/AAAAAAAAAAAAAAAAAAAA')).rejects.toMatchObject({
        reason: 'GATE_NOT_CONNECTED',
      });
      await expect(booth.sayTo(`${gate}/AAAAAAAAAAAAAAAAAAAA`)).rejects.toMatchObject({
        reason: 'CLIENT_NOT_CONNECTED',
      });
      const client = await cluster.connect();
      const { clientId } = client;
      await client.callObject('Booth-a', 'Listen');
      await client.close();
      await expect
        .poll(() => booth.say('anybody?'))
        .toEqual({ delivered: 0, failed: [{ clientId, reason: 'CLIENT_NOT_CONNECTED' }] });
    } finally {
      await cluster.stop();
    }
  });

  it('overrides providers, and survives a killed node', async () => {
    const cluster = await TestCluster.start({
      nodes: 2,
      gates: 0,
      providers,
      configure: (builder) => builder.overrideProvider(ProfanityFilter).useValue({ clean: () => 'overridden' }),
    });
    try {
      expect(cluster.nodes.map((node) => node.app.get(ProfanityFilter).clean('x'))).toEqual([
        'overridden',
        'overridden',
      ]);
      await cluster.nodes[0]!.kill();
      expect(await cluster.goverse.object(Booth, 'b').say('x')).toEqual({ delivered: 0, failed: [] });
      await expect(cluster.connect()).rejects.toThrow(/no gate 0/);
    } finally {
      await cluster.stop();
    }
  });
});
