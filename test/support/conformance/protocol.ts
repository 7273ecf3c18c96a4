/** What one request names, in the words every protocol has. */
export interface Wanted {
  readonly objectId: string;
  readonly type?: string | undefined;
  readonly method?: string | undefined;
  readonly argument?: unknown;
  readonly timeoutMs?: number | undefined;
  /** The call names the client that is registered here, or this one. */
  readonly clientId?: string | undefined;
}

/** A call on its way. */
export interface RunningCall {
  /** The result as plain JSON; `undefined` for none. Rejects with `Refused`. */
  readonly answer: Promise<unknown>;
  cancel(): void;
}

/** One client over one protocol, written from docs/wire.md. */
export interface ProtocolClient {
  call(wanted: Wanted): RunningCall;
  create(wanted: Wanted): Promise<{ id: string; created?: boolean }>;
  delete(wanted: Wanted): Promise<void>;
  /** Opens the stream of pushes; resolves to the client id. */
  register(): Promise<string>;
  nextPush(): Promise<{ type: string; data: unknown }>;
  /** Ends the stream of pushes. */
  leave(): void;
  close(): void;
}

/** How a protocol is spoken, and what it has no words for. */
export interface Protocol {
  readonly name: string;
  /** Whether a refusal has the gRPC code or the HTTP status. */
  readonly status: 'code' | 'http';
  /** False: every request names its type, creation takes no argument. */
  readonly native: boolean;
  /** Whether the gate learns that a client has left for good: it says so, or cannot come back. */
  readonly knowsLeaving: boolean;
  open(gate: { readonly address: string; readonly http: string }, token?: string): ProtocolClient;
}

/** What a client sees of an error, whatever carried it. */
export class Refused extends Error {
  constructor(
    message: string,
    /** gRPC code by name, or HTTP status. */
    readonly status: string | number,
    readonly reason: string | undefined,
  ) {
    super(message);
  }
}

/** The refusal of a request that must be refused. */
export async function refusalOf(answer: Promise<unknown>): Promise<Refused> {
  const outcome = await answer.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
  if (outcome instanceof Refused) return outcome;
  throw new Error('The request was not refused', { cause: outcome });
}

/** The type that an id begins with, for protocols that always name it. */
export function typeIn({ objectId, type }: Wanted): string {
  return type ?? /^([A-Za-z_][\w.]*)-/.exec(objectId.slice(objectId.indexOf('/') + 1))?.[1] ?? '';
}

/** A promise and no way to cancel what stands behind it. */
export function running(answer: Promise<unknown>, cancel: () => void): RunningCall {
  // Who cancels does not always wait for the answer.
  answer.catch(() => undefined);
  return { answer, cancel };
}
