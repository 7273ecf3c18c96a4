import type { Clock, GoverseError, TimerHandle } from '../core/index.js';
import { clientIdOf, goverseError, systemClock, uniqueId } from '../core/index.js';
import type { SlowClientEvent } from '../observability/index.js';
import { slowClientChannel } from '../observability/index.js';
import type { StreamEnd } from './absent-clients.js';
import { AbsentClients } from './absent-clients.js';
import type { ParkedClient } from '../rpc/index.js';
import type { Arrival } from './client-handover.js';
import { ClientFlushes } from './client-flushes.js';
import type { ClientStream, Delivery } from './client-proxy.js';
import { ClientProxy } from './client-proxy.js';
import { ClientTokens } from './client-tokens.js';
import type { TokenClaim } from './client-tokens.js';
import type { HistoryLimits } from './push-history.js';
import { PushQueue } from './push-queue.js';
import type { QueueLimits } from './push-queue.js';
import type { PushReader } from './pushed-message.js';
import { PushedMessage } from './pushed-message.js';
import type { PushSink } from './push-sink.js';
import type { SlowClientAction, SlowClientPolicy } from './slow-client-policy.js';

/** Written messages that are kept for a client that comes back. */
export const HISTORY_LIMITS: HistoryLimits = { messages: 16_384, bytes: 2 ** 20 };

/** Written messages are kept at least this long: a half-open connection may take this long to be noticed. */
const SHORTEST_AGE_MS = 30_000;

/** How long a stream that has been replaced may take to end by itself, milliseconds. */
const REPLACED_GRACE_MS = 1_000;

/** Characters of the unique part of an id that are the same for all clients of one start of a gate, and its own ones. */
const TAG_LENGTH = 6;
const OWN_LENGTH = 14;

export interface ClientRegistryOptions {
  /** The gate's advertised address; known once it listens. */
  address(): string;
  /** What may wait for one client. */
  readonly queueLimits: QueueLimits;
  readonly policy: SlowClientPolicy;
  /** Told of every stream of a client that ends. */
  onLeave(client: ClientProxy): void;
  /** How long a client whose stream ended may come back, milliseconds. Default: 0, it may not. */
  readonly resumeWindowMs?: number | undefined;
  /** Default: those of this gate alone. */
  readonly tokens?: ClientTokens | undefined;
  readonly clock?: Clock | undefined;
  /** Reads the messages that another gate kept. */
  readonly read?: PushReader | undefined;
  /** Told once of every client that will not come back. */
  onForget?(client: ClientProxy): void;
}

/** Every client of this gate: those that are connected, and those that may come back. */
export class ClientRegistry {
  readonly tokens: ClientTokens;
  /** What the unique part of the ids begins with that this start of the gate makes, of clients that may come back. */
  readonly tag = uniqueId().slice(0, TAG_LENGTH);
  /** The same for those that cannot come back: nobody keeps anything for them. */
  private readonly tagOfPassing = uniqueId().slice(0, TAG_LENGTH);
  private readonly clients = new Map<string, ClientProxy>();
  private readonly absent: AbsentClients;
  /** The gate stops, and other gates may go on with its clients: what it has of them is kept when their streams end. */
  handingOver = false;
  private readonly expected = new Map<string, PushQueue>();
  private readonly flushes = new ClientFlushes();
  private readonly emptyListeners: (() => void)[] = [];
  private readonly windowMs: number;
  private readonly clock: Clock;
  private aging: TimerHandle;
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
    const tag = stream.resumable ? this.tag : this.tagOfPassing;
    const id = clientIdOf(this.options.address(), `${tag}${uniqueId().slice(0, OWN_LENGTH)}`);
    return this.add(id, this.tokens.issue(id, stream.identity), stream);
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
    this.flushes.add(client);
    return client;
  }

  /** Pushes for a client that is on its way from another gate are kept until `arrive`. */
  expect(clientId: string): void {
    this.expected.set(clientId, new PushQueue(this.options.queueLimits));
  }

  /** The client does not come. */
  giveUp(clientId: string): void {
    this.expected.delete(clientId);
  }

  /** Goes on with a client of another gate: with what that gate and the nodes kept, then with what came here. */
  arrive(claim: TokenClaim, arrival: Arrival, stream: ClientStream, received: number): ClientProxy {
    const { clientId: id } = claim;
    const { client: known, pushes } = arrival;
    const read = (any: Uint8Array) => this.read(any);
    const { lastSeq, written, waited } = known ? whatIsLeft(known, claim, received) : NOTHING_LEFT;
    const waiting = [...waited, ...pushes];
    const late = this.expected.get(id)?.all() ?? [];
    this.expected.delete(id);
    const client = this.add(id, known?.token ?? this.tokens.issue(id, stream.identity), stream);
    client.restore(
      lastSeq,
      written.map(({ message }) => read(message)),
      [...waiting.map(({ message }) => read(message)), ...late],
    );
    client.resume(stream, received, claim.token, () => this.tokens.issue(id, stream.identity));
    this.flushes.add(client);
    return client;
  }

  /** Ids of the clients that came from other gates. */
  adopted(): string[] {
    return [...this.clients.keys(), ...this.expected.keys()].filter((id) => !this.owns(id));
  }

  /** An id that this start of the gate has made. */
  owns(clientId: string): boolean {
    const address = this.options.address();
    return [this.tag, this.tagOfPassing].some((tag) => clientId.startsWith(clientIdOf(address, tag)));
  }

  /** What other gates need to go on with the clients of this one, which take no message from then on. */
  records(): ParkedClient[] {
    const resumable = [...this.clients.values()].filter((client) => client.resumable && this.windowMs > 0);
    for (const client of resumable) this.flushes.now(client);
    return resumable.map((client) => ({ ...client.record(), windowMs: this.absent.timeLeft(client) }));
  }

  /** Nobody took the records of these clients: they go on here. */
  keep(records: readonly ParkedClient[]): void {
    for (const { clientId } of records) this.clients.get(clientId)?.thaw();
  }

  /** A client of this gate has come to another one: its stream ends, and nothing is kept for it. */
  moved(clientId: string): void {
    const client = this.clients.get(clientId);
    const replaced = goverseError('CANCELLED', `Another gate goes on with the client ${clientId}`);
    client?.handOver(replaced, (sink) => this.endReplaced(sink, replaced));
    if (client) this.unregister(client);
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
    if (!client) return this.keepForExpected(clientId, message);
    const delivery = this.absent.hasLeft(client) ? 'CLIENT_NOT_CONNECTED' : client.enqueue(message);
    if (delivery === 'delivered') this.flushes.add(client);
    // Whoever pushed is told that the client is gone: from here on that must be true.
    else if (delivery === 'CLIENT_NOT_CONNECTED') this.unregister(client);
    return delivery;
  }

  /** A stream of a client ended: the client may come back for a while. One that has been replaced ends unnoticed. */
  streamEnded(client: ClientProxy, sink: PushSink, end: StreamEnd): void {
    if (!client.speaksOver(sink)) return;
    const isOver = client.isEnding && !this.handingOver;
    if (this.windowMs === 0 || !client.resumable || isOver) return this.unregister(client);
    client.leave(disconnected(client));
    this.flushes.forget(client);
    // One that goes because it is told to is expected elsewhere.
    this.absent.add(client, this.handingOver ? 'break' : end);
    this.options.onLeave(client);
    this.tellIfEmpty();
  }

  /** Forgets a client for good; its calls are cancelled. A second time does nothing. */
  unregister(client: ClientProxy): void {
    if (this.clients.get(client.id) !== client) return;
    this.clients.delete(client.id);
    this.flushes.forget(client);
    const wasAbsent = this.absent.delete(client);
    client.release(disconnected(client));
    if (!wasAbsent) this.options.onLeave(client);
    this.options.onForget?.(client);
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
      this.flushes.now(client);
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

  private add(id: string, token: string, stream: ClientStream): ClientProxy {
    const { queueLimits, policy } = this.options;
    const history = this.windowMs > 0 && stream.resumable ? HISTORY_LIMITS : undefined;
    const client = new ClientProxy({ id, token, queueLimits, policy, history, onSlow: this.onSlow, ...stream });
    this.clients.set(id, client);
    this.ageLater();
    return client;
  }

  private keepForExpected(clientId: string, message: PushedMessage): Delivery {
    const kept = this.expected.get(clientId);
    if (!kept) return 'CLIENT_NOT_CONNECTED';
    if (!kept.hasRoomFor(message)) return 'QUEUE_FULL';
    kept.add(message);
    return 'delivered';
  }

  private read(any: Uint8Array): PushedMessage {
    return new PushedMessage(any, this.options.read ?? unreadable);
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

  private readonly onSlow = (action: SlowClientAction, { id: clientId }: ClientProxy): void => {
    this.slow[action] += 1;
    if (slowClientChannel.hasSubscribers) slowClientChannel.publish({ clientId, action } satisfies SlowClientEvent);
  };
}

/** What the client has not got of what its gate left: that gate has gone on writing what waited, with the next numbers. */
function whatIsLeft({ token, lastSeq, pushes }: ParkedClient, claim: TokenClaim, received: number) {
  const written = pushes.filter(({ seq }) => seq > 0);
  const waited = pushes.filter(({ seq }) => seq === 0);
  const ahead = token === claim.token ? received - lastSeq : 0;
  if (ahead <= 0 || ahead > waited.length) return { lastSeq, written, waited };
  return { lastSeq: received, written: [], waited: waited.slice(ahead) };
}

function disconnected(client: ClientProxy): Error {
  return goverseError('CANCELLED', `The client ${client.id} has disconnected`);
}

const NOTHING_LEFT = { lastSeq: 0, written: [], waited: [] };

const unreadable: PushReader = () => {
  throw new Error('This registry reads no messages');
};
