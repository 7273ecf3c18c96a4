import { MAX_TIMER_MS } from '../core/clock.js';
import type { GoverseError } from '../core/errors.js';
import { goverseError, hasReason } from '../core/errors.js';
import { backoffDelay } from './backoff-delay.js';
import { CallScope } from './call-scope.js';
import type { ClientOptions, ClientSettings } from './client-options.js';
import { resolveClientOptions } from './client-options.js';
import { Connection } from './connection.js';
import type { ConnectionChange, ConnectionState } from './connection-state.js';
import { encodeArgument } from './json-argument.js';
import { parseGateUrl } from './open-transport.js';
import type { PushHandler } from './push-feed.js';
import { callSafely, PushFeed } from './push-feed.js';
import type { MethodNames, RemoteObject } from './remote-object.js';
import { createRemoteObject } from './remote-object.js';
import type { ClientRequest, Push } from './transport.js';

/** How one call is to be made. */
export interface ClientCallOptions {
  /** Type of the object, for ids that do not begin with `<Type>-`. */
  type?: string;
  /** Milliseconds until `DEADLINE_EXCEEDED`; default: the client's, 30 000. */
  timeoutMs?: number;
  /** Cancels the call, on the executing node and in every nested call. */
  signal?: AbortSignal;
}

export interface RemoteObjectOptions<T> extends ClientCallOptions {
  /** Wire names of methods whose `@Method('Name')` is not the name of the property. */
  methods?: MethodNames<T>;
}

type Verb = Pick<ClientRequest, 'verb' | 'objectId' | 'method'>;

/**
 * A client of a goverse cluster: calls objects and receives what they push, over any of the gates it was given.
 * It reconnects by itself, **under a new client id**: objects that pushed to the old one have to be told, for example
 * by joining again whenever `onState` says `connected`. All methods reject with `GoverseError`.
 */
export class GoverseClient implements AsyncIterable<Push> {
  private readonly connection: Connection;
  private readonly feed: PushFeed;
  private readonly stateHandlers = new Set<(change: ConnectionChange) => void>();
  private readonly closing = new AbortController();
  private lastError: GoverseError | undefined;

  private constructor(
    private readonly gates: readonly URL[],
    private readonly settings: ClientSettings,
  ) {
    this.feed = new PushFeed(settings.pushQueueLimit);
    const changed = (change: ConnectionChange) => this.announce(change);
    this.connection = new Connection(gates, settings, { changed, pushed: (push) => this.feed.deliver(push) });
  }

  /**
   * Registers with the first gate that takes this client.
   * @param gates `grpc://host:port` (Node) or `http(s)://host:port` (Node and browsers); several are tried in turn
   * @throws the gate's error if it refuses the client; `NOT_READY` if none answers within `connectTimeoutMs`
   */
  static async connect(gates: string | readonly string[], options: ClientOptions = {}): Promise<GoverseClient> {
    const urls = (typeof gates === 'string' ? [gates] : gates).map(parseGateUrl);
    if (urls.length === 0) throw goverseError('INVALID_ARGUMENT', 'The list of gates is empty; name at least one');
    const client = new GoverseClient(urls, resolveClientOptions(options));
    if (options.onState) client.onState(options.onState);
    await client.open(options.signal);
    return client;
  }

  /** The id under which the gate knows this client; a new one after every reconnection. */
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
    return (await this.execute({ verb: 'call', objectId, method }, arg, options)) as R;
  }

  /** Creates an object with an argument for its `onActivate`; resolves with its id, also if it was there. */
  async createObject(type: string, objectId: string, arg?: unknown, options?: ClientCallOptions): Promise<string> {
    return (await this.execute({ verb: 'create', objectId, method: '' }, arg, { ...options, type })) as string;
  }

  /** Ends an object's activation; resolves too when there is none. */
  async deleteObject(type: string, objectId: string, options?: ClientCallOptions): Promise<void> {
    await this.execute({ verb: 'delete', objectId, method: '' }, undefined, { ...options, type });
  }

  /**
   * A typed proxy of an object: `client.object<Counter>('Counter-a').add(1)`. `T` is a type only, so the name of the
   * property is sent as the name of the method; where `@Method('Join') join()` gives another wire name, say so with
   * `{ methods: { join: 'Join' } }`.
   */
  object<T extends object>(objectId: string, options: RemoteObjectOptions<T> = {}): RemoteObject<T> {
    const { methods, ...callOptions } = options;
    return createRemoteObject<T>((method, arg) => this.callObject(objectId, method, arg, callOptions), methods);
  }

  /** Calls `handler` for every push of this type, in the order they come. Returns the unsubscription. */
  on<T = unknown>(type: string, handler: PushHandler<T>): () => void {
    return this.feed.on(type, handler);
  }

  /** Calls `handler` for every change of the connection. Returns the unsubscription. */
  onState(handler: (change: ConnectionChange) => void): () => void {
    const own = (change: ConnectionChange) => handler(change);
    this.stateHandlers.add(own);
    return () => this.stateHandlers.delete(own);
  }

  /** All pushes from now on, until the client is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Push> {
    return this.feed.iterate();
  }

  /** Leaves the gate; calls that are not answered reject with `CANCELLED`. Resolves when the connection is gone. */
  close(): Promise<void> {
    return this.shut(goverseError('CANCELLED', 'The client was closed'));
  }

  private async open(signal: AbortSignal | undefined): Promise<void> {
    const timeoutMs = Math.min(this.settings.connectTimeoutMs, MAX_TIMER_MS);
    const scope = new CallScope('Connecting', timeoutMs, signal, this.closing.signal);
    this.connection.start();
    try {
      await this.connection.transport(scope.signal);
    } catch (error) {
      const failure = scope.signal.aborted && !signal?.aborted ? this.noGate() : (error as GoverseError);
      await this.shut(failure);
      throw failure;
    } finally {
      scope.end();
    }
  }

  private async execute(verb: Verb, arg: unknown, options: ClientCallOptions = {}): Promise<unknown> {
    const timeoutMs = Math.min(options.timeoutMs ?? this.settings.timeoutMs, MAX_TIMER_MS);
    const what = verb.verb === 'call' ? `${verb.objectId}.${verb.method}` : `The ${verb.verb} of ${verb.objectId}`;
    const request: ClientRequest = { ...verb, type: options.type ?? '', argument: encodeArgument(arg), timeoutMs };
    const scope = new CallScope(what, timeoutMs, options.signal, this.closing.signal);
    try {
      return await this.send(request, scope);
    } catch (error) {
      // Whoever gave the call up says why, not the transport that was told to stop.
      throw scope.signal.aborted ? scope.signal.reason : error;
    } finally {
      scope.end();
    }
  }

  /** Sends again what a gate refused without running it, because it stops or is gone: to the next gate, once there is one. */
  private async send(request: ClientRequest, scope: CallScope): Promise<unknown> {
    const { backoffMs, maxBackoffMs } = this.settings;
    for (let refusals = 0; ; refusals++) {
      const transport = await this.connection.transport(scope.signal);
      const timeoutMs = refusals === 0 ? request.timeoutMs : scope.remainingMs;
      scope.refusal = undefined;
      try {
        return await transport.execute({ ...request, timeoutMs }, scope.signal);
      } catch (error) {
        if (scope.signal.aborted || !hasReason(error, 'NOT_READY') || !error.retryable) throw error;
        scope.refusal = error;
        await this.connection.left(transport, backoffDelay(refusals, backoffMs, maxBackoffMs), scope.signal);
      }
    }
  }

  private announce(change: ConnectionChange): void {
    if (change.error) this.lastError = change.error;
    if (change.state === 'closed') this.feed.close();
    for (const handler of this.stateHandlers) callSafely(() => handler(change));
  }

  private async shut(reason: GoverseError): Promise<void> {
    if (!this.closing.signal.aborted) this.closing.abort(reason);
    await this.connection.close(reason);
  }

  private noGate(): GoverseError {
    const list = this.gates.map(({ href }) => href).join(', ');
    const why = this.lastError ? `; last: ${this.lastError.message}` : '';
    return goverseError(
      'NOT_READY',
      `No gate registered this client within ${this.settings.connectTimeoutMs} ms (${list})${why}`,
      {
        cause: this.lastError,
      },
    );
  }
}
