import { Injectable, Module } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { GoverseClient } from '../../src/client/index.js';
import type { OnDeactivate } from '../../src/index.js';
import {
  GoverseGateModule,
  GoverseNodeModule,
  GoverseObject,
  GoverseService,
  Method,
  ObjectContext,
  PushService,
} from '../../src/index.js';
import { GateRuntime } from '../../src/gate/index.js';
import { NodeRuntime } from '../../src/node/index.js';

const events: string[] = [];

@Injectable()
class Database implements OnModuleDestroy {
  onModuleDestroy(): void {
    events.push('database closed');
  }
}

@GoverseObject()
class Note implements OnDeactivate {
  constructor(
    private readonly database: Database,
    private readonly self: ObjectContext,
    private readonly push: PushService,
  ) {}

  @Method()
  read(): string {
    return `${this.self.key} ${this.database.constructor.name} ${this.push.constructor.name}`;
  }

  onDeactivate(reason: string): void {
    events.push(`note deactivated: ${reason}`);
  }
}

@Module({ providers: [Database, Note] })
class NotesModule {}

const gate = () => GoverseGateModule.forRoot({ etcd: 'embedded', listen: '127.0.0.1:0', httpListen: '127.0.0.1:0' });
const node = () =>
  GoverseNodeModule.forRootAsync({
    useFactory: () => ({ etcd: 'embedded' as const, listen: '127.0.0.1:0', opsListen: '127.0.0.1:0' }),
  });

describe('an application that is node and gate', () => {
  for (const order of ['node first', 'gate first']) {
    it(`serves clients over one embedded etcd, and stops from the clients inwards (${order})`, async () => {
      events.length = 0;
      const imports = order === 'node first' ? [node(), gate(), NotesModule] : [NotesModule, gate(), node()];
      const app = await (await Test.createTestingModule({ imports }).compile()).init();
      const goverse = app.get(GoverseService);
      await goverse.whenReady();
      await app.get(GateRuntime).whenReady();
      expect(await goverse.object(Note, 'a').read()).toBe('a Database PushService');
      expect(app.get(NodeRuntime).embeddedEtcd).toBe(app.get(GateRuntime).embeddedEtcd);
      const client = await GoverseClient.connect(`grpc://${app.get(GateRuntime).address}`);
      expect(await client.callObject('Note-b', 'read')).toBe('b Database PushService');
      await client.close();
      const metrics = await (await fetch(`http://${app.get(NodeRuntime).opsAddress}/metrics`)).text();
      for (const line of [
        'ready 1',
        'node_objects 2',
        'node_shards{state="held"} 8192',
        'node_shards{state="moving"} 0',
      ])
        expect(metrics).toContain(`\ngoverse_${line}\n`);
      await app.close();
      expect(events).toEqual(['note deactivated: shutdown', 'note deactivated: shutdown', 'database closed']);
    });
  }
});
