import type { Cancellation } from '../core/index.js';
import { goverseError } from '../core/index.js';
import type { Authenticator, ClientConnection, Credentials, DisconnectedClient, Identity } from '../config/index.js';
import type { GateLogger } from './gate-logger.js';

/** Asks the configured authenticator; without one every client is anonymous. */
export class Authentication {
  private readonly asked = new WeakMap<Credentials, Promise<Identity | null>>();
  private authenticator: Authenticator | undefined;

  constructor(
    /** False: identities need no asking, and no waiting. */
    readonly enabled: boolean,
    private readonly logger: GateLogger,
  ) {}

  /** The authenticator, when the application has made it; before the gate takes its first client. */
  use(authenticator: Authenticator): void {
    this.authenticator = authenticator;
  }

  /**
   * The identity behind credentials; undefined for a client without any. Rejects `UNAUTHENTICATED`, or with the signal's
   * reason when that is first.
   */
  async identify(
    credentials: Credentials,
    connection: ClientConnection,
    signal: Cancellation,
  ): Promise<Identity | undefined> {
    if (!this.enabled) return undefined;
    if (!this.authenticator) throw goverseError('NOT_READY', 'This gate is starting and knows nobody yet');
    const identity = await unlessAborted(this.ask(credentials, connection), signal);
    if (identity) return { userId: identity.userId, roles: [...identity.roles] };
    if (credentials.authorization === undefined) return undefined;
    throw goverseError('UNAUTHENTICATED', 'The credentials were refused; send a valid Authorization');
  }

  /** Once for the same credentials object: the frames of a stream share one, and wait for the answer in their order. */
  private ask(credentials: Credentials, connection: ClientConnection): Promise<Identity | null> {
    const before = this.asked.get(credentials);
    if (before) return before;
    const asked = (async () => (await this.authenticator?.authenticate(credentials, connection)) ?? null)();
    this.asked.set(credentials, asked);
    // What went wrong once may go well the next time.
    asked.catch(() => this.asked.delete(credentials));
    return asked;
  }

  /** Tells the authenticator that a client left. What it throws is logged. */
  left(client: DisconnectedClient): void {
    const told = async () => this.authenticator?.onDisconnect?.(client);
    told().catch((error: unknown) => {
      this.logger.error(`Authenticator.onDisconnect failed for ${client.clientId}: ${String(error)}`);
    });
  }
}

/** The answer of user code, or a rejection as soon as nobody waits for it any more. */
function unlessAborted<T>(answer: Promise<T> | T, signal: Cancellation): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    Promise.resolve(answer)
      .finally(() => signal.removeEventListener('abort', stop))
      .then(resolve, reject);
  });
}
