import { goverseError } from '../core/index.js';
import type { AccessControl } from './access/access-control.js';
import type { Authentication } from './authentication.js';
import type { ClientProxy } from './client-proxy.js';
import type { ClientRegistry } from './client-registry.js';
import type { ClientSource } from './client-request.js';
import type { CallLimits } from './limits/call-limits.js';
import type { PushSink } from './push-sink.js';

export interface OpenStream {
  readonly source: ClientSource;
  /** The transport of this stream. */
  readonly sink: PushSink;
  /** Aborted when the stream ended, for whatever reason; the client is forgotten then. */
  readonly ended: AbortSignal;
}

/** What a handler answers when its stream is open: the writer has taken over, nothing else is to be sent. */
export const STREAM_OPENED = Object.freeze({ opened: true as const });

/** The one implementation of "a client registers": every protocol with a stream is an adapter over it. */
export class ClientStreams {
  private closed = false;

  constructor(
    private readonly registry: ClientRegistry,
    private readonly authentication: Authentication,
    private readonly access: AccessControl,
    private readonly limits: CallLimits,
  ) {}

  /**
   * Registers the client at the other end of a stream. Rejects `UNAUTHENTICATED`, `ACCESS_DENIED`,
   * `OVERLOADED`, `RATE_LIMITED`, `NOT_READY` or `CANCELLED`.
   */
  async open({ source, sink, ended }: OpenStream): Promise<ClientProxy> {
    this.assertOpen();
    const leave = this.limits.enter(source.connection, undefined);
    ended.addEventListener('abort', leave, { once: true });
    try {
      const client = await this.register({ source, sink, ended });
      ended.addEventListener('abort', () => this.registry.unregister(client), { once: true });
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

  private async register({ source, sink, ended }: OpenStream): Promise<ClientProxy> {
    const { credentials, connection } = source;
    if (this.limits.rated) await this.limits.rate(connection, undefined);
    const identity = await this.authentication.identify(credentials, connection, ended);
    this.access.assertMayRegister(identity);
    // While others were asked the gate may have begun to stop, or the client may have left.
    this.assertOpen();
    if (ended.aborted) throw goverseError('CANCELLED', 'The client left before it was registered');
    return this.registry.register({ identity, connection, sink });
  }

  private assertOpen(): void {
    if (this.closed) throw goverseError('NOT_READY', 'This gate is stopping; connect to another one');
  }
}
