import { randomBytes } from 'node:crypto';
import { goverseError, uniqueId } from '../core/index.js';
import type { ClientConnection, Identity } from '../config/index.js';
import type { Delivery } from './client-proxy.js';
import { ClientProxy } from './client-proxy.js';
import type { PushedMessage } from './pushed-message.js';
import type { PushSink } from './push-sink.js';
import type { SlowClientPolicy } from './slow-client-policy.js';

export interface ClientRegistryOptions {
  /** The gate's advertised address; known once it listens. */
  address(): string;
  /** Messages that may wait for one client. */
  readonly queueLimit: number;
  readonly policy: SlowClientPolicy;
  /** Told once for every client that leaves. */
  onLeave(client: ClientProxy): void;
}

/** Every client that is connected to this gate. */
export class ClientRegistry {
  private readonly clients = new Map<string, ClientProxy>();
  private readonly unflushed = new Set<ClientProxy>();
  private readonly emptyListeners: (() => void)[] = [];
  private flushing = false;

  constructor(private readonly options: ClientRegistryOptions) {}

  get size(): number {
    return this.clients.size;
  }

  register(facts: { identity: Identity | undefined; connection: ClientConnection; sink: PushSink }): ClientProxy {
    const { queueLimit, policy } = this.options;
    const id = `${this.options.address()}/${uniqueId()}`;
    const client = new ClientProxy({ id, token: newToken(), queueLimit, policy, ...facts });
    this.clients.set(id, client);
    return client;
  }

  find(clientId: string): ClientProxy | undefined {
    return this.clients.get(clientId);
  }

  /** The ids of all clients, for a broadcast. */
  ids(): IterableIterator<string> {
    return this.clients.keys();
  }

  /** Queues a message for one client; everything queued in one turn of the event loop leaves together. */
  deliver(clientId: string, message: PushedMessage): Delivery {
    const client = this.clients.get(clientId);
    if (!client) return 'CLIENT_NOT_CONNECTED';
    const delivery = client.enqueue(message);
    if (delivery === 'delivered') this.flushSoon(client);
    return delivery;
  }

  /** Forgets a client whose stream ended; its calls are cancelled. A second time does nothing. */
  unregister(client: ClientProxy): void {
    if (this.clients.get(client.id) !== client) return;
    this.clients.delete(client.id);
    this.unflushed.delete(client);
    client.release(goverseError('CANCELLED', `The client ${client.id} has disconnected`));
    this.options.onLeave(client);
    if (this.clients.size === 0) for (const listener of this.emptyListeners.splice(0)) listener();
  }

  /** Resolves when no client is connected. */
  whenEmpty(): Promise<void> {
    if (this.clients.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.emptyListeners.push(resolve));
  }

  /** Sends what waits and ends every stream. */
  endAll(): void {
    for (const client of [...this.clients.values()]) {
      this.flushOne(client);
      client.end();
    }
  }

  /** Cuts every stream. */
  destroyAll(): void {
    for (const client of [...this.clients.values()]) client.destroy();
  }

  /** What goes wrong with one client ends that client and nobody else. */
  private flushOne(client: ClientProxy): void {
    try {
      client.flush();
    } catch {
      client.destroy();
    }
  }

  private flushSoon(client: ClientProxy): void {
    this.unflushed.add(client);
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.flushing = false;
    const clients = [...this.unflushed];
    this.unflushed.clear();
    for (const client of clients) this.flushOne(client);
  }
}

/** 256 random bits. */
function newToken(): string {
  return randomBytes(32).toString('base64url');
}
