import type { GoverseError } from '../core/errors.js';
import { goverseError } from '../core/errors.js';
import { CallScopes } from './call-scopes.js';
import type { ClientCallOptions } from './client-calls.js';
import { ClientCalls } from './client-calls.js';
import type { ClientOptions, ClientSettings } from './client-options.js';
import { resolveClientOptions } from './client-options.js';
import { Connection } from './connection.js';
import type { ConnectionChange, ConnectionState, PushGap } from './connection-state.js';
import { parseGateUrl } from './gate-url.js';
import { MethodNaming } from './method-naming.js';
import type { PushHandler } from './push-feed.js';
import { PushFeed } from './push-feed.js';
import type { MethodNames, RemoteObject } from './remote-object.js';
import { createRemoteObject } from './remote-object.js';
import { Subscribers } from './subscribers.js';
import type { OpenTransport, Push } from './transport.js';

export interface RemoteObjectOptions<T> extends ClientCallOptions {
  /** Wire names of methods that are neither the name of the property nor that name with a capital letter. */
  methods?: MethodNames<T>;
}

/** What a platform adds to a client. */
export interface Platform {
  /** What the URL of a gate may begin with. */
  readonly schemes: readonly string[];
  /** Throws `INVALID_ARGUMENT` for settings that cannot work with a gate. */
  check(gate: URL, settings: ClientSettings): void;
  readonly openTransport: OpenTransport;
}

/**
 * A client of a goverse cluster, whatever it runs on: see `GoverseClient`, which every platform has of its own.
 * All methods reject with `GoverseError`.
 */
export abstract class Client implements AsyncIterable<Push> {
  private readonly connection: Connection;
  private readonly calls: ClientCalls;
  private readonly feed: PushFeed;
  private readonly naming = new MethodNaming();
  private readonly scopes = new CallScopes();
  private readonly changes = new Subscribers<ConnectionChange>();
  private readonly gaps = new Subscribers<PushGap>();
  private readonly gates: readonly URL[];
  private readonly settings: ClientSettings;
  private lastError: GoverseError | undefined;

  protected constructor(gates: string | readonly string[], options: ClientOptions, platform: Platform) {
    this.gates = (typeof gates === 'string' ? [gates] : gates).map((gate) => parseGateUrl(gate, platform.schemes));
    if (this.gates.length === 0)
      throw goverseError('INVALID_ARGUMENT', 'The list of gates is empty; name at least one');
    const settings = (this.settings = resolveClientOptions(options));
    for (const gate of this.gates) platform.check(gate, settings);
    if (options.onState) this.onState(options.onState);
    this.feed = new PushFeed(settings.pushQueueLimit);
    this.connection = new Connection(this.gates, settings, platform.openTransport, {
      changed: (change) => this.announce(change),
      pushed: (push) => this.feed.deliver(push),
      missed: (gap) => this.gaps.tell(gap),
    });
    this.calls = new ClientCalls(this.connection, this.scopes, settings);
  }

  /** The id under which the gate knows this client; kept across reconnections as long as a gate can resume it. */
  get clientId(): string {
    return this.connection.clientId;
  }

  get state(): ConnectionState {
    return this.connection.state;
  }

  /**
   * Calls a method of an object, wherever it lives.
   * @param method wire name of the method
   * @param arg anything JSON can hold
   */
  async callObject<R = unknown>(
    objectId: string,
    method: string,
    arg?: unknown,
    options?: ClientCallOptions,
  ): Promise<R> {
    return (await this.calls.execute({ verb: 'call', objectId, method }, arg, options)) as R;
  }

  /** Creates an object with an argument for its `onActivate`; resolves with its id, also if it was there. */
  async createObject(type: string, objectId: string, arg?: unknown, options?: ClientCallOptions): Promise<string> {
    return (await this.calls.execute({ verb: 'create', objectId, method: '' }, arg, { ...options, type })) as string;
  }

  /** Ends an object's activation; resolves too when there is none. */
  async deleteObject(type: string, objectId: string, options?: ClientCallOptions): Promise<void> {
    await this.calls.execute({ verb: 'delete', objectId, method: '' }, undefined, { ...options, type });
  }

  /**
   * A typed proxy of an object: `client.object<Counter>('Counter-a').add(1)`. `T` is a type only, so the wire name of a
   * method is not known here: the name of the property is tried, then the same with a capital letter (`join`, `Join`);
   * any other is given as `{ methods: { join: 'EnterRoom' } }`.
   */
  object<T extends object>(objectId: string, options: RemoteObjectOptions<T> = {}): RemoteObject<T> {
    const { methods, ...callOptions } = options;
    const type = options.type ?? objectId.split('-', 1)[0]!;
    return createRemoteObject<T>((property, wireName, arg) => {
      const call = (method: string) => this.callObject(objectId, method, arg, callOptions);
      return wireName === undefined ? this.naming.call(type, property, call) : call(wireName);
    }, methods);
  }

  /** Calls `handler` for every push of this type, in the order they come. Returns the unsubscription. */
  on<T = unknown>(type: string, handler: PushHandler<T>): () => void {
    return this.feed.on(type, handler);
  }

  /** Calls `handler` for every change of the connection. Returns the unsubscription. */
  onState(handler: (change: ConnectionChange) => void): () => void {
    return this.changes.add(handler);
  }

  /**
   * Calls `handler` when pushes are missing: no gate could resume the client, which goes on under a new id, or the gate
   * left some out because the client was too slow. Fetch again what they would have told. Returns the unsubscription.
   */
  onGap(handler: (gap: PushGap) => void): () => void {
    return this.gaps.add(handler);
  }

  /** All pushes from now on, until the client is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Push> {
    return this.feed.iterate();
  }

  /** Leaves the gate; calls that are not answered reject with `CANCELLED`. Resolves when the connection is gone. */
  close(): Promise<void> {
    return this.shut(goverseError('CANCELLED', 'The client was closed'));
  }

  /** Resolves when a gate has registered the client. */
  protected async open(signal: AbortSignal | undefined): Promise<void> {
    const { connectTimeoutMs } = this.settings;
    this.connection.start();
    try {
      await this.scopes.run('Connecting', connectTimeoutMs, signal, ({ signal: given }) => this.connection.gate(given));
    } catch (error) {
      const failure = (error as GoverseError).reason === 'DEADLINE_EXCEEDED' ? this.noGate() : (error as GoverseError);
      await this.shut(failure);
      throw failure;
    }
  }

  private announce(change: ConnectionChange): void {
    if (change.error) this.lastError = change.error;
    if (change.state === 'closed') this.feed.close();
    this.changes.tell(change);
  }

  private async shut(reason: GoverseError): Promise<void> {
    this.scopes.close(reason);
    await this.connection.close(reason);
  }

  private noGate(): GoverseError {
    const list = this.gates.map(({ href }) => href).join(', ');
    const within = `within ${this.settings.connectTimeoutMs} ms`;
    const why = this.lastError ? `; last: ${this.lastError.message}` : '';
    const cause = this.lastError;
    return goverseError('NOT_READY', `No gate registered this client ${within} (${list})${why}`, { cause });
  }
}
