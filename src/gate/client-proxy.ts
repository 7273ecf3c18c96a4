import type { GoverseError, LazySignal } from '../core/index.js';
import { goverseError } from '../core/index.js';
import type { ClientConnection, Identity } from '../config/index.js';
import type { ParkedClient } from '../rpc/index.js';
import { PushHistory } from './push-history.js';
import type { HistoryLimits } from './push-history.js';
import type { PushedMessage } from './pushed-message.js';
import { PushQueue } from './push-queue.js';
import type { QueueLimits } from './push-queue.js';
import type { PushSink } from './push-sink.js';
import type { SlowClientAction, SlowClientPolicy } from './slow-client-policy.js';

/** One stream of a client, from a registration until it breaks. */
export interface ClientStream {
  readonly identity: Identity | undefined;
  readonly connection: ClientConnection;
  readonly sink: PushSink;
  /** The protocol lets the client come back. Default: no. */
  readonly resumable?: boolean | undefined;
}

export interface ClientProxyFacts extends ClientStream {
  /** `<gate advertise address>/<unique>`; of the gate where the client first registered. */
  readonly id: string;
  /** Proves, from any connection, that a call comes from this client. */
  readonly token: string;
  /** What may wait. */
  readonly queueLimits: QueueLimits;
  readonly policy: SlowClientPolicy;
  /** What is kept for a client that comes back; absent: nothing. */
  readonly history?: HistoryLimits | undefined;
  /** Told whenever the policy had to act. */
  readonly onSlow: (action: SlowClientAction, client: ClientProxy) => void;
}

export type Delivery = 'delivered' | 'CLIENT_NOT_CONNECTED' | 'QUEUE_FULL';

/**
 * - `writable`, `full`: connected; the transport takes more, or not at the moment
 * - `absent`: its stream has ended and it may come back; messages wait
 * - `gone`: for ever
 */
type ClientState = 'writable' | 'full' | 'absent' | 'gone';

/**
 * The gate's record of one client: its id and token, the messages that wait for it, those that it may not have got, the
 * calls it waits for. Holds no state of the application.
 */
export class ClientProxy {
  readonly id: string;
  /** True if the present stream goes on where the one before ended. */
  resumed = false;
  private stream: ClientStream;
  private currentToken: string;
  private readonly queue: PushQueue;
  private readonly history: PushHistory | undefined;
  private readonly calls = new Set<LazySignal>();
  private state: ClientState = 'writable';
  private ending = false;
  private frozen = false;
  private lastSeq = 0;

  constructor(private readonly facts: ClientProxyFacts) {
    this.id = facts.id;
    this.currentToken = facts.token;
    this.stream = facts;
    this.queue = new PushQueue(facts.queueLimits);
    if (facts.history) this.history = new PushHistory(facts.history);
  }

  get token(): string {
    return this.currentToken;
  }

  get identity(): Identity | undefined {
    return this.stream.identity;
  }

  get connection(): ClientConnection {
    return this.stream.connection;
  }

  /** Messages that wait for the transport. */
  get waiting(): number {
    return this.queue.length;
  }

  get gone(): boolean {
    return this.state === 'gone';
  }

  get connected(): boolean {
    return this.state === 'writable' || this.state === 'full';
  }

  /** True while the gate itself is ending the stream. */
  get isEnding(): boolean {
    return this.ending;
  }

  get resumable(): boolean {
    return this.stream.resumable === true;
  }

  /** True for the sink of the present stream. */
  speaksOver(sink: PushSink): boolean {
    return this.connected && this.stream.sink === sink;
  }

  /** Puts a message into the client's queue; `flush` sends it. */
  enqueue(message: PushedMessage): Delivery {
    if (this.state === 'gone') return 'CLIENT_NOT_CONNECTED';
    // What it has is on its way to another gate: nobody would deliver this.
    if (this.frozen) return 'QUEUE_FULL';
    const { policy, onSlow } = this.facts;
    if (this.state === 'full' && policy.supersede?.(this.queue, message)) onSlow('conflated', this);
    while (!this.queue.hasRoomFor(message)) {
      // Nobody reads over there at the moment, and nothing can be cut off.
      if (this.state === 'absent' && policy.whenFull !== 'dropped') return 'CLIENT_NOT_CONNECTED';
      if (!this.makeRoom()) return 'QUEUE_FULL';
    }
    this.queue.add(message);
    return 'delivered';
  }

  /** Hands what waits to the transport, as far as it takes it. */
  flush(): void {
    while (this.state === 'writable' && this.queue.length > 0) {
      // Numbered when they leave: what a policy takes off the queue makes no hole.
      const batch = this.queue.takeBatch().map((message) => ({ seq: ++this.lastSeq, message }));
      for (const { message } of batch) this.history?.add(message);
      if (!this.stream.sink.write(batch)) this.state = 'full';
    }
    if (this.ending && this.state === 'writable') this.stream.sink.end();
  }

  /** The transport takes messages again; one that is not this client's any more says nothing. */
  drained(sink: PushSink): void {
    if (this.state !== 'full' || this.stream.sink !== sink) return;
    this.state = 'writable';
    this.flush();
  }

  /**
   * The client has handled the pushes up to `seq`: they need not be kept for it. A number that was never sent, of an older
   * count perhaps, says nothing.
   */
  acknowledge(seq: number): void {
    if (seq <= this.lastSeq) this.history?.acknowledge(seq);
  }

  /** Forgets written messages that are old; called from time to time. */
  age(): void {
    if (this.connected) this.history?.age();
  }

  /** Ties a call to this client: it is cancelled when the client goes. Returns the untying. */
  track(call: LazySignal): () => void {
    this.calls.add(call);
    return () => this.calls.delete(call);
  }

  /** Its stream has ended; it may come back. */
  leave(reason: Error): void {
    this.state = 'absent';
    this.cancelCalls(reason);
  }

  /**
   * Goes on over another stream, after the pushes numbered up to `received`. False: some of what came after them is gone;
   * then `newToken` counts from now on, what is still there follows, and its numbers begin at 1.
   */
  resume(stream: ClientStream, received: number, token: string, newToken: () => string): boolean {
    const missed = token === this.currentToken && received <= this.lastSeq ? this.history?.since(received) : undefined;
    this.stream = stream;
    this.state = 'writable';
    this.resumed = missed !== undefined;
    if (!missed) this.currentToken = newToken();
    this.queue.putBack((missed ?? this.history?.all() ?? []).map(({ message }) => message));
    this.lastSeq = missed ? received : 0;
    this.history?.clear(this.lastSeq);
    return this.resumed;
  }

  /**
   * What another gate needs to go on with this client. Until `thaw` no message is taken: what waits is still written, with the
   * numbers the other gate counts on.
   */
  record(): Omit<ParkedClient, 'windowMs'> {
    this.frozen = true;
    const waiting = this.queue.all().map((message) => ({ seq: 0, message }));
    const pushes = [...(this.history?.all() ?? []), ...waiting];
    return {
      clientId: this.id,
      token: this.token,
      lastSeq: this.lastSeq,
      pushes: pushes.map(({ seq, message }) => ({ seq, at: 0, message: message.any })),
      part: 0,
      more: false,
    };
  }

  /** Nobody took its record: it goes on here, for as long as this gate lasts. */
  thaw(): void {
    this.frozen = false;
  }

  /**
   * Takes over what another gate knew of this client; `resume` goes on from there. What waited there, and has been written all
   * the same, is `written` here.
   */
  restore(lastSeq: number, written: readonly PushedMessage[], waiting: readonly PushedMessage[]): void {
    this.history?.clear(lastSeq - written.length);
    for (const message of written) this.history?.add(message);
    this.lastSeq = lastSeq;
    this.queue.putBack(waiting);
  }

  /** Ends the present stream, because another one takes its place. */
  handOver(reason: Error, end: (sink: PushSink) => void): void {
    if (!this.connected) return;
    const { sink } = this.stream;
    this.leave(reason);
    end(sink);
  }

  /** Forgets queue, history and calls; called by the registry, once. */
  release(reason: Error): void {
    this.state = 'gone';
    this.queue.clear();
    this.history?.clear(this.lastSeq);
    this.cancelCalls(reason);
  }

  /** Ends the client's stream in order, because the gate stops: calls of the client that run may finish. */
  end(): void {
    this.ending = true;
    // Else as soon as what waits has been written.
    if (this.queue.length === 0 || !this.connected) this.stream.sink.end();
  }

  destroy(reason?: GoverseError): void {
    this.stream.sink.destroy(reason);
  }

  private makeRoom(): boolean {
    const { whenFull } = this.facts.policy;
    this.facts.onSlow(whenFull, this);
    if (whenFull === 'dropped') this.queue.dropOldest();
    if (whenFull === 'disconnected') this.destroy(goverseError('QUEUE_FULL', 'The client does not read its pushes'));
    return whenFull === 'dropped';
  }

  private cancelCalls(reason: Error): void {
    if (!this.ending) for (const call of this.calls) call.abort(reason);
    this.calls.clear();
  }
}
