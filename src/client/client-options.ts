import { goverseError } from '../core/errors.js';
import type { ConnectionChange } from './connection-state.js';

/** A value, or what gives it; a function is asked anew for every connection. */
type Provided<T> = T | (() => T | Promise<T>);

/** Certificates of a client in Node, as PEM; for `grpcs://` and `wss://`. */
export interface ClientTls {
  /** Who may have signed the gate's certificate; default: the authorities Node knows. */
  readonly ca?: string | Uint8Array;
  /** This client's own certificate, with `key`, for gates that want one. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** Name the gate's certificate is checked against; default: the host of its URL. */
  readonly serverName?: string;
}

/** How a client connects and calls. Durations are milliseconds. */
export interface ClientOptions {
  /** Deadline of a call that names none; default 30 000. */
  timeoutMs?: number;
  /** `connect` rejects when no gate has registered the client by then; default 10 000. `Infinity`: keep trying. */
  connectTimeoutMs?: number;
  /** How long one gate may take to register the client before the next one is tried; default 5 000. */
  attemptTimeoutMs?: number;
  /** Gives up connecting; later it does nothing, see `close()`. */
  signal?: AbortSignal;
  /** First pause before a reconnection, doubled with every failure, with jitter; default 200. */
  backoffMs?: number;
  /** Longest pause between reconnections; default 10 000. */
  maxBackoffMs?: number;
  /** A stream on which nothing came for so long is broken; default 40 000 (a gate sends a heartbeat every 15 s). */
  silenceMs?: number;
  /** Pushes that may wait in one `for await` loop before it fails with `QUEUE_FULL`; default 1024. */
  pushQueueLimit?: number;
  /** For the gate's authenticator: sent as `Authorization: Bearer <token>`, or in the first frame of a WebSocket. */
  token?: Provided<string>;
  /** The whole value of `Authorization`, instead of `token`. Over a WebSocket in a browser only `Bearer ...` can be sent. */
  authorization?: Provided<string>;
  /** Certificates for `grpcs://` and `wss://` in Node; browsers have their own. */
  tls?: ClientTls;
  /** What makes the requests of `http(s)://`; default: the `fetch` of the platform. */
  fetch?: typeof globalThis.fetch;
  /** Told of every change of the connection from the first attempt on; see also `GoverseClient.onState`. */
  onState?: (change: ConnectionChange) => void;
}

/** `ClientOptions` with every default filled in. */
export interface ClientSettings {
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly silenceMs: number;
  readonly pushQueueLimit: number;
  readonly authorization: () => Promise<string | undefined>;
  readonly tls: ClientTls | undefined;
  readonly fetch: typeof globalThis.fetch;
}

const DEFAULTS = {
  timeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  attemptTimeoutMs: 5_000,
  backoffMs: 200,
  maxBackoffMs: 10_000,
  silenceMs: 40_000,
  pushQueueLimit: 1024,
} as const;

/** Fills in the defaults; throws `INVALID_ARGUMENT` naming a wrong option. */
export function resolveClientOptions(options: ClientOptions): ClientSettings {
  const numbers = Object.entries(DEFAULTS).map(([name, preset]) => {
    const value: unknown = options[name as keyof typeof DEFAULTS] ?? preset;
    if (typeof value === 'number' && value > 0) return [name, value];
    throw goverseError('INVALID_ARGUMENT', `The client option ${name} must be a number above 0, not ${String(value)}`);
  });
  return {
    ...(Object.fromEntries(numbers) as { [name in keyof typeof DEFAULTS]: number }),
    authorization: authorizationOf(options),
    tls: options.tls,
    // Browsers refuse a `fetch` that is called as a method of something else.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
  };
}

function authorizationOf({ token, authorization }: ClientOptions): ClientSettings['authorization'] {
  if (token !== undefined && authorization !== undefined) {
    throw goverseError('INVALID_ARGUMENT', 'The client options token and authorization exclude each other; give one');
  }
  if (token === undefined) return () => given(authorization);
  return async () => `Bearer ${await given(token)}`;
}

async function given<T>(value: Provided<T> | undefined): Promise<T | undefined> {
  return typeof value === 'function' ? (value as () => T | Promise<T>)() : value;
}
