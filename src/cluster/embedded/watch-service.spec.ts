import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Etcd3 } from 'etcd3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/index.js';
import { loadEtcdServices } from './etcd-proto.js';
import { EtcdStore } from './etcd-store.js';
import { NO_LEASE } from './key-value.js';
import { OpenStreams } from './open-streams.js';
import { ServerIdentity } from './server-identity.js';
import { WatchHub } from './watch-hub.js';
import { watchService } from './watch-service.js';
import type { WatchStream } from './watch-stream.js';

class TellingHub extends WatchHub {
  readonly closed: Promise<WatchStream>;
  private tell: (stream: WatchStream) => void = () => undefined;

  constructor(store: EtcdStore) {
    super(store, systemClock, 60_000);
    this.closed = new Promise((resolve) => (this.tell = resolve));
  }

  override close(stream: WatchStream): void {
    super.close(stream);
    this.tell(stream);
  }
}

describe('the Watch service', () => {
  let server: Server;
  let store: EtcdStore;
  let hub: TellingHub;
  let client: Etcd3;

  beforeEach(async () => {
    server = new Server();
    store = new EtcdStore();
    hub = new TellingHub(store);
    server.addService(loadEtcdServices().Watch, watchService(hub, new ServerIdentity(), new OpenStreams()));
    const port = await new Promise<number>((resolve, reject) => {
      const bound = (error: Error | null, free: number) => (error ? reject(error) : resolve(free));
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), bound);
    });
    client = new Etcd3({ hosts: `127.0.0.1:${port}` });
  });

  afterEach(() => {
    client.close();
    hub.stop();
    server.forceShutdown();
  });

  const put = () => store.write((batch) => batch.put('key', Buffer.alloc(0), NO_LEASE));

  it('forgets the watchers of a client that cancels its last one', async () => {
    const watcher = await client.watch().key('key').create();
    await watcher.cancel();
    await hub.closed;
    expect(put).not.toThrow();
  });

  it('forgets the watchers of a client whose connection is gone', async () => {
    await client.watch().key('key').create();
    server.forceShutdown();
    await hub.closed;
    expect(put).not.toThrow();
  });
});
