import { LazySignal, goverseError } from '../../core/index.js';
import type { GoverseError } from '../../core/index.js';
import type { ClientErrors } from '../client-errors.js';
import type { ClientProxy } from '../client-proxy.js';
import type { ClientSource } from '../client-request.js';
import type { PushSink } from '../push-sink.js';
import type { ClientFrame, RegisterFrame, RequestFrame } from './client-frame.js';
import type { FrameHandlers, FrameOutcome } from './frame-handlers.js';
import type { OpenFrame } from './open-frame.js';
import type { FrameResult, ServerFrame } from './server-frame.js';

/** Requests one stream may have open at a time. */
export const OPEN_REQUESTS_LIMIT = 1024;

const CANCELLED = goverseError('CANCELLED', 'The client cancelled the request');

export interface FrameRequestsParts {
  readonly handlers: FrameHandlers;
  readonly errors: ClientErrors;
  /** What the stream says about its client. */
  readonly source: ClientSource;
  /** Where the pushes of the client go. */
  readonly sink: PushSink;
  /** Aborted when the stream has ended. */
  readonly ended: AbortSignal;
  readonly send: (frame: ServerFrame) => void;
  /** Called after each answer. */
  readonly onAnswer: () => void;
}

/** The requests of one stream, begun in the order they came and answered as they are done. */
export class FrameRequests {
  private readonly open = new Map<number, LazySignal>();
  private source: ClientSource;
  /** What came behind a `register` that is being worked on; undefined if none is. */
  private held: ClientFrame[] | undefined;
  /** Held frames whose turn it is now. */
  private behind = 0;
  private registered: ClientProxy | undefined;

  constructor(private readonly parts: FrameRequestsParts) {
    this.source = parts.source;
  }

  /** Requests that have not been answered. */
  get size(): number {
    return this.open.size + this.behind + (this.held?.length ?? 0);
  }

  /** What comes now has to wait for a registration. */
  get holding(): boolean {
    return this.held !== undefined;
  }

  /** The client the stream has become. */
  get client(): ClientProxy | undefined {
    return this.registered;
  }

  handle(frame: ClientFrame): void {
    if (frame.kind === 'ping') this.parts.send({ seq: frame.seq, pong: true });
    else if (this.held) this.held.push(frame);
    else if (frame.kind === 'cancel') this.open.get(frame.seq)?.abort(CANCELLED);
    else if (frame.kind === 'register') void this.register(frame);
    else if (frame.kind === 'unreadable') this.refuse(frame.seq, frame.why);
    else if (frame.kind === 'ack') this.acknowledge(frame.pushSeq);
    else this.execute(frame);
  }

  /** The stream has ended: nobody waits for the answers any more. */
  abort(reason: GoverseError): void {
    this.held = undefined;
    for (const cancellation of this.open.values()) cancellation.abort(reason);
  }

  /** What comes late over a stream that has been replaced may be of an older count. */
  private acknowledge(pushSeq: number): void {
    if (this.registered?.speaksOver(this.parts.sink)) this.registered.acknowledge(pushSeq);
  }

  private async register(frame: RegisterFrame): Promise<void> {
    const { handlers, sink, ended, source } = this.parts;
    const cancellation = this.take(frame.seq);
    if (!cancellation) return;
    if (this.registered) {
      this.open.delete(frame.seq);
      this.refuse(frame.seq, `This stream has registered already, as ${this.registered.id}`);
      return;
    }
    this.held = [];
    const registered = (client: ClientProxy) => this.become(client, frame.seq);
    const credentials = frame.accessToken === '' ? source.credentials : bearer(source, frame.accessToken);
    try {
      await handlers.register(frame, { source: { ...source, credentials }, sink, ended, registered });
    } catch (error) {
      this.fail(frame.seq, error);
    }
    const held = this.held ?? [];
    this.held = undefined;
    this.open.delete(frame.seq);
    this.behind = held.length;
    for (const next of held) {
      this.handle(next);
      this.behind--;
    }
    this.parts.onAnswer();
  }

  /** From now on requests come from the client of the stream and need no credentials. */
  private become(client: ClientProxy, seq: number): void {
    const { connection, credentials } = this.parts.source;
    this.registered = client;
    this.source = { connection, credentials: { ...credentials, authorization: undefined }, client };
    this.parts.send({ seq, registered: { clientId: client.id, token: client.token, resumed: client.resumed } });
  }

  private execute({ kind, seq, request, payloadKind }: RequestFrame): void {
    const cancellation = this.take(seq);
    if (!cancellation) return;
    const open = { source: this.source, payloadKind, cancellation };
    this.parts.handlers.execute(kind, request, open, new OpenRequest(seq, open, this.answer));
  }

  private readonly answer = ({ seq, open }: OpenRequest, result: FrameResult | undefined, error?: unknown): void => {
    if (result) this.parts.send({ seq, result, payloadKind: open.payloadKind });
    else this.fail(seq, error);
    this.answered(seq);
  };

  /** Opens a request; undefined if it had to be refused. */
  private take(seq: number): LazySignal | undefined {
    if (seq === 0) {
      this.refuse(0, 'A request needs a seq from 1 to 4294967295, to be answered with');
    } else if (this.open.has(seq)) {
      // Under its own number the answer would be taken for that of the open one.
      this.refuse(0, `The seq ${seq} is that of a request that is open; it was not begun a second time`, { seq });
    } else if (this.open.size >= OPEN_REQUESTS_LIMIT) {
      const message = `${OPEN_REQUESTS_LIMIT} requests of this stream are open; wait for answers`;
      this.fail(seq, goverseError('OVERLOADED', message));
    } else {
      const cancellation = new LazySignal();
      this.open.set(seq, cancellation);
      return cancellation;
    }
    return undefined;
  }

  private answered(seq: number): void {
    this.open.delete(seq);
    this.parts.onAnswer();
  }

  private refuse(seq: number, message: string, details?: object): void {
    this.fail(seq, goverseError('INVALID_ARGUMENT', message, { details }));
  }

  private fail(seq: number, error: unknown): void {
    this.parts.send({ seq, error: this.parts.errors.forClient(error) });
  }
}

/** A request that has not been answered. */
class OpenRequest implements FrameOutcome {
  constructor(
    readonly seq: number,
    readonly open: OpenFrame,
    private readonly answer: (request: OpenRequest, result: FrameResult | undefined, error?: unknown) => void,
  ) {}

  done(result: FrameResult): void {
    this.answer(this, result);
  }

  failed(error: unknown): void {
    this.answer(this, undefined, error);
  }
}

function bearer({ credentials }: ClientSource, token: string): ClientSource['credentials'] {
  return { headers: credentials.headers, authorization: `Bearer ${token}` };
}
