import type { Cancellation } from '../core/index.js';
import { goverseError } from '../core/index.js';
import type { AccessControl } from './access/access-control.js';
import type { Authentication } from './authentication.js';
import type { Arrival } from './client-handover.js';
import type { ClientProxy, ClientStream } from './client-proxy.js';
import type { ClientRegistry } from './client-registry.js';
import type { TokenClaim } from './client-tokens.js';
import type { ClientSource } from './client-request.js';
import type { CallLimits } from './limits/call-limits.js';
import type { PushSink } from './push-sink.js';

/** What a client that was here before brings along (wire.md, "Resuming"). */
export interface ResumeRequest {
  /** Its token; empty: it comes for the first time. */
  readonly token: string;
  /** Number of the last push it has; the pushes it has got under its id. */
  readonly received: number;
}

export interface OpenStream {
  readonly source: ClientSource;
  /** Absent: the protocol of this stream has no way to resume, and the client is forgotten when it ends. */
  readonly resume?: ResumeRequest | undefined;
  /** The transport of this stream. */
  readonly sink: PushSink;
  /** Aborted when the stream ended, for whatever reason; with `FAREWELL` if the client closed it in order. */
  readonly ended: Cancellation;
}

/** Where the clients of other gates are found. */
export interface Elsewhere {
  /** False: it is too early to tell. */
  found(): boolean;
  adopt(claim: TokenClaim): Promise<Arrival | undefined>;
}

/** Why a stream ended whose client closed it while its connection was fine: it is not expected back. */
export const FAREWELL = goverseError('CANCELLED', 'The client closed its stream');

/** What a handler answers when its stream is open: the writer has taken over, nothing else is to be sent. */
export const STREAM_OPENED = Object.freeze({ opened: true as const });

/** The one implementation of "a client registers": every protocol with a stream is an adapter over it. */
export class ClientStreams {
  private closed = false;
  /** Brings the clients of other gates here; absent: there are none. */
  elsewhere: Elsewhere | undefined;
  private readonly arriving = new Map<string, Promise<Arrival | undefined>>();

  constructor(
    private readonly registry: ClientRegistry,
    private readonly authentication: Authentication,
    private readonly access: AccessControl,
    private readonly limits: CallLimits,
  ) {}

  /**
   * Registers the client at the other end of a stream, or goes on with the one whose token it brings: `resumed` of the
   * client tells. A token that is not valid (any more) is no error, the client is a new one then. Nothing is touched
   * before authentication and token have been checked. Rejects `UNAUTHENTICATED`, `ACCESS_DENIED`, `OVERLOADED`,
   * `RATE_LIMITED`, `NOT_READY`, `CANCELLED`, and `CLIENT_ID_NOT_YOURS` for a token of another identity.
   */
  async open(opened: OpenStream): Promise<ClientProxy> {
    const { source, sink, ended } = opened;
    this.assertOpen();
    const leave = this.limits.enter(source.connection, undefined);
    ended.addEventListener('abort', leave, { once: true });
    try {
      const client = await this.register(opened);
      const end = () => this.registry.streamEnded(client, sink, ended.reason === FAREWELL ? 'farewell' : 'break');
      ended.addEventListener('abort', end, { once: true });
      // It may have left while nodes were asked for it; it may come back all the same.
      if (ended.aborted) end();
      return client;
    } catch (error) {
      ended.removeEventListener('abort', leave);
      leave();
      throw error;
    }
  }

  /** From now on nobody can register. */
  close(): void {
    this.closed = true;
  }

  /** Resolves when the clients that are on their way from other gates are here. */
  async whenArrived(): Promise<void> {
    await Promise.allSettled(this.arriving.values());
  }

  private async register({ source, sink, ended, resume }: OpenStream): Promise<ClientProxy> {
    const { credentials, connection } = source;
    if (this.limits.rated) await this.limits.rate(connection, undefined);
    const identity = await this.authentication.identify(credentials, connection, ended);
    this.access.assertMayRegister(identity);
    // While others were asked the gate may have begun to stop, or the client may have left.
    this.assertOpen();
    if (ended.aborted) throw goverseError('CANCELLED', 'The client left before it was registered');
    const stream = { identity, connection, sink, resumable: resume !== undefined };
    return (await this.goOn(stream, resume)) ?? this.registry.register(stream);
  }

  /** Only a client of another gate has to be waited for. */
  private async goOn(stream: ClientStream, resume: ResumeRequest | undefined): Promise<ClientProxy | undefined> {
    if (!resume || resume.token === '') return undefined;
    const claim = this.registry.tokens.read(resume.token, stream.identity);
    if (!claim) return this.nobody();
    const { clientId } = claim;
    // Two streams of one client: the second one waits until the first one has brought the client here.
    while (this.arriving.has(clientId)) await this.arriving.get(clientId);
    this.assertOpen();
    const here = this.registry.resume(claim, stream, resume.received);
    if (here) return here;
    const arrival = this.fetch(claim);
    this.arriving.set(clientId, arrival);
    try {
      const fetched = await arrival;
      if (!fetched) return undefined;
      const client = this.registry.arrive(claim, fetched, stream, resume.received);
      fetched.settle();
      return client;
    } finally {
      this.arriving.delete(clientId);
    }
  }

  private async fetch(claim: TokenClaim): Promise<Arrival | undefined> {
    const { clientId } = claim;
    if (!this.elsewhere || this.registry.owns(clientId)) return undefined;
    this.nobody();
    this.registry.expect(clientId);
    const arrival = await this.elsewhere.adopt(claim);
    if (!arrival) this.registry.giveUp(clientId);
    return arrival;
  }

  /** Whoever comes back to a gate that has just started must not lose its id for that. */
  private nobody(): undefined {
    if (this.elsewhere?.found() === false)
      throw goverseError('NOT_READY', 'This gate is starting and cannot tell yet whose token this is; try again');
    return undefined;
  }

  private assertOpen(): void {
    if (this.closed) throw goverseError('NOT_READY', 'This gate is stopping; connect to another one');
  }
}
