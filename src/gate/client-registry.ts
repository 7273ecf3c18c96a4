import type { Clock, GoverseError, TimerHandle } from '../core/index.js';
import { clientIdOf, goverseError, systemClock, uniqueId } from '../core/index.js';
import type { SlowClientEvent } from '../observability/index.js';
import { slowClientChannel } from '../observability/index.js';
import type { StreamEnd } from './absent-clients.js';
import { AbsentClients } from './absent-clients.js';
import type { ClientStream, Delivery } from './client-proxy.js';
import { ClientProxy } from './client-proxy.js';
import { ClientTokens } from './client-tokens.js';
import type { TokenClaim } from './client-tokens.js';
import type { HistoryLimits } from './push-history.js';
import type { PushedMessage } from './pushed-message.js';
import type { PushSink } from './push-sink.js';
import type { SlowClientAction, SlowClientPolicy } from './slow-client-policy.js';

/** Written messages that are kept for a client that comes back. */
export const HISTORY_LIMITS: HistoryLimits = { messages: 16_384, bytes: 2 ** 20 };

/** Written messages are kept at least this long: a half-open connection may take this long to be noticed. */
const SHORTEST_AGE_MS = 30_000;

/** How long a stream that has been replaced may take to end by itself, milliseconds. */
const REPLACED_GRACE_MS = 1_000;

/**
 * Clients that are written to before the event loop goes on: what comes meanwhile joins the next write to each client. The
 * fewer, the more messages share a write when many are pushed.
 */
const FLUSHED_AT_ONCE = 16;

/** Characters of the unique part of an id that are the same for all clients of one start of a gate, and its own ones. */
const TAG_LENGTH = 6;
const OWN_LENGTH = 14;

export interface ClientRegistryOptions {
  /** The gate's advertised address; known once it listens. */
  address(): string;
  /** Messages that may wait for one client. */
  readonly queueLimit: number;
  readonly policy: SlowClientPolicy;
  /** Told of every stream of a client that ends. */
  onLeave(client: ClientProxy): void;
  /** How long a client whose stream ended may come back, milliseconds. Default: 0, it may not. */
  readonly resumeWindowMs?: number | undefined;
  /** Default: those of this gate alone. */
  readonly tokens?: ClientTokens | undefined;
  readonly clock?: Clock | undefined;
}

/** Every client of this gate: those that are connected, and those that may come back. */
export class ClientRegistry {
  readonly tokens: ClientTokens;
  /** What the unique part of every client id of this start of the gate begins with. */
  readonly tag = uniqueId().slice(0, TAG_LENGTH);
  private readonly clients = new Map<string, ClientProxy>();
  private readonly absent: AbsentClients;
  private readonly unflushed = new Set<ClientProxy>();
  private readonly emptyListeners: (() => void)[] = [];
  private readonly windowMs: number;
  private readonly clock: Clock;
  private aging: TimerHandle;
  private flushing = false;
  /** What the policy for slow clients has done, counted by push. */
  readonly slow: Record<SlowClientAction, number> = { refused: 0, dropped: 0, conflated: 0, disconnected: 0 };

  constructor(private readonly options: ClientRegistryOptions) {
    this.tokens = options.tokens ?? new ClientTokens();
    this.clock = options.clock ?? systemClock;
    this.windowMs = options.resumeWindowMs ?? 0;
    this.absent = new AbsentClients(this.windowMs, this.clock, (client) => this.unregister(client));
  }

  /** Clients that are connected. */
  get size(): number {
    return this.clients.size - this.absent.size;
  }

  register(stream: ClientStream): ClientProxy {
    const id = clientIdOf(this.options.address(), `${this.tag}${uniqueId().slice(0, OWN_LENGTH)}`);
    const { queueLimit, policy } = this.options;
    const history = this.windowMs > 0 && stream.resumable ? HISTORY_LIMITS : undefined;
    const token = this.tokens.issue(id, stream.identity);
    const client = new ClientProxy({ id, token, queueLimit, policy, history, onSlow: this.onSlow, ...stream });
    this.clients.set(id, client);
    this.ageLater();
    return client;
  }

  /**
   * Goes on with a client over another stream, after the pushes numbered up to `received`; a stream it still has ends.
   * Undefined: the gate does not have that client (any more). `resumed` of the client says whether nothing is missing.
   */
  resume(claim: TokenClaim, stream: ClientStream, received: number): ClientProxy | undefined {
    const client = this.clients.get(claim.clientId);
    if (!client?.resumable || client.isEnding || this.windowMs === 0) return undefined;
    const replaced = goverseError('CANCELLED', `Another stream goes on with the client ${client.id}`);
    if (client.connected) {
      client.handOver(replaced, (sink) => this.endReplaced(sink, replaced));
      this.options.onLeave(client);
    }
    this.absent.delete(client);
    client.resume(stream, received, claim.token, () => this.tokens.issue(client.id, stream.identity));
    this.flushSoon(client);
    return client;
  }

  find(clientId: string): ClientProxy | undefined {
    return this.clients.get(clientId);
  }

  /** False for a client that has said good-bye. */
  expects(client: ClientProxy): boolean {
    return !client.gone && !this.absent.saidFarewell(client);
  }

  /** The ids of all clients, for a broadcast. */
  ids(): IterableIterator<string> {
    return this.clients.keys();
  }

  /** Queues a message for one client; everything queued in one turn of the event loop leaves together. */
  deliver(clientId: string, message: PushedMessage): Delivery {
    const client = this.clients.get(clientId);
    if (!client) return 'CLIENT_NOT_CONNECTED';
    const delivery = this.absent.hasLeft(client) ? 'CLIENT_NOT_CONNECTED' : client.enqueue(message);
    if (delivery === 'delivered') this.flushSoon(client);
    // Whoever pushed is told that the client is gone: from here on that must be true.
    else if (delivery === 'CLIENT_NOT_CONNECTED') this.unregister(client);
    return delivery;
  }

  /** A stream of a client ended: the client may come back for a while. One that has been replaced ends unnoticed. */
  streamEnded(client: ClientProxy, sink: PushSink, end: StreamEnd): void {
    if (!client.speaksOver(sink)) return;
    if (this.windowMs === 0 || !client.resumable || client.isEnding) return this.unregister(client);
    client.leave(disconnected(client));
    this.unflushed.delete(client);
    this.absent.add(client, end);
    this.options.onLeave(client);
    this.tellIfEmpty();
  }

  /** Forgets a client for good; its calls are cancelled. A second time does nothing. */
  unregister(client: ClientProxy): void {
    if (this.clients.get(client.id) !== client) return;
    this.clients.delete(client.id);
    this.unflushed.delete(client);
    const wasAbsent = this.absent.delete(client);
    client.release(disconnected(client));
    if (!wasAbsent) this.options.onLeave(client);
    this.tellIfEmpty();
  }

  /** Resolves when no client is connected. */
  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.emptyListeners.push(resolve));
  }

  /** Sends what waits and ends every stream. */
  endAll(): void {
    for (const client of this.connected()) {
      this.flushOne(client);
      client.end();
    }
  }

  /** Cuts every stream. */
  destroyAll(): void {
    for (const client of this.connected()) client.destroy();
  }

  private connected(): ClientProxy[] {
    return [...this.clients.values()].filter((client) => client.connected);
  }

  /** A stream that is only half there never ends by itself. */
  private endReplaced(sink: PushSink, reason: GoverseError): void {
    sink.end(reason);
    this.clock.setTimeout(() => sink.destroy(), REPLACED_GRACE_MS);
  }

  private ageLater(): void {
    if (this.windowMs === 0) return;
    this.aging ??= this.clock.setTimeout(
      () => {
        this.aging = undefined;
        for (const client of this.clients.values()) client.age();
        if (this.clients.size > 0) this.ageLater();
      },
      Math.max(this.windowMs, SHORTEST_AGE_MS),
    );
  }

  private tellIfEmpty(): void {
    if (this.size === 0) for (const listener of this.emptyListeners.splice(0)) listener();
  }

  /** What goes wrong with one client ends that client and nobody else. */
  private flushOne(client: ClientProxy): void {
    try {
      client.flush();
    } catch {
      client.destroy();
    }
  }

  private readonly onSlow = (action: SlowClientAction, { id: clientId }: ClientProxy): void => {
    this.slow[action] += 1;
    if (slowClientChannel.hasSubscribers) slowClientChannel.publish({ clientId, action } satisfies SlowClientEvent);
  };

  private flushSoon(client: ClientProxy): void {
    if (!client.connected) return;
    this.unflushed.add(client);
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => this.flush());
  }

  /** Some clients at a time: a write to each of thousands would keep everybody else waiting, and the next push too. */
  private flush(): void {
    let left = FLUSHED_AT_ONCE;
    for (const client of this.unflushed) {
      if (left-- === 0) break;
      this.unflushed.delete(client);
      this.flushOne(client);
    }
    this.flushing = this.unflushed.size > 0;
    if (this.flushing) setImmediate(() => this.flush());
  }
}

function disconnected(client: ClientProxy): Error {
  return goverseError('CANCELLED', `The client ${client.id} has disconnected`);
}
