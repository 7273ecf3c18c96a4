import type { ClientConnection, Identity } from '../config/index.js';
import type { PushedMessage } from './pushed-message.js';
import type { PushSink, QueuedPush } from './push-sink.js';
import type { SlowClientPolicy } from './slow-client-policy.js';

/** Messages that leave in one write at most. */
const BATCH = 64;

export interface ClientProxyFacts {
  /** `<gate advertise address>/<unique>`. */
  readonly id: string;
  /** Proves, from any connection, that a call comes from this client. */
  readonly token: string;
  readonly identity: Identity | undefined;
  readonly connection: ClientConnection;
  readonly sink: PushSink;
  /** Messages that may wait. */
  readonly queueLimit: number;
  readonly policy: SlowClientPolicy;
}

export type Delivery = 'delivered' | 'CLIENT_NOT_CONNECTED' | 'QUEUE_FULL';

/**
 * The gate's record of one connected client: its id and token, the messages that wait for it, the calls it waits for.
 * Holds no state of the application.
 */
export class ClientProxy {
  readonly id: string;
  readonly token: string;
  readonly identity: Identity | undefined;
  readonly connection: ClientConnection;
  private readonly sink: PushSink;
  private readonly queue: QueuedPush[] = [];
  private readonly calls = new Set<AbortController>();
  private state: 'writable' | 'full' | 'gone' = 'writable';
  private ending = false;
  private lastSeq = 0;

  constructor(private readonly facts: ClientProxyFacts) {
    this.id = facts.id;
    this.token = facts.token;
    this.identity = facts.identity;
    this.connection = facts.connection;
    this.sink = facts.sink;
  }

  /** Messages that wait for the transport. */
  get waiting(): number {
    return this.queue.length;
  }

  get gone(): boolean {
    return this.state === 'gone';
  }

  /** Puts a message into the client's queue; `flush` sends it. */
  enqueue(message: PushedMessage): Delivery {
    if (this.state === 'gone') return 'CLIENT_NOT_CONNECTED';
    if (this.queue.length >= this.facts.queueLimit && !this.facts.policy.makeRoom(this.queue)) return 'QUEUE_FULL';
    this.queue.push({ seq: ++this.lastSeq, message });
    return 'delivered';
  }

  /** Hands what waits to the transport, as far as it takes it. */
  flush(): void {
    while (this.state === 'writable' && this.queue.length > 0) {
      if (!this.sink.write(this.queue.splice(0, BATCH))) this.state = 'full';
    }
  }

  /** The transport takes messages again. */
  drained(): void {
    if (this.state !== 'full') return;
    this.state = 'writable';
    this.flush();
  }

  /** Ties a call to this client: it is cancelled when the client goes. Returns the untying. */
  track(call: AbortController): () => void {
    this.calls.add(call);
    return () => this.calls.delete(call);
  }

  /** Forgets queue and calls; called by the registry, once. */
  release(reason: Error): void {
    this.state = 'gone';
    this.queue.length = 0;
    if (!this.ending) for (const call of this.calls) call.abort(reason);
    this.calls.clear();
  }

  /** Ends the client's stream in order, because the gate stops: calls of the client that run may finish. */
  end(): void {
    this.ending = true;
    this.sink.end();
  }

  destroy(): void {
    this.sink.destroy();
  }
}
