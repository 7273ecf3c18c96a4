import type { ClientReadableStream } from '@grpc/grpc-js';
import type {
  CallOutcome,
  CallResult,
  CallTarget,
  Cancellation,
  Clock,
  ObjectCall,
  ObjectTypeInfo,
  TimerHandle,
} from '../core/index.js';
import { GoverseError, goverseError, promiseOf } from '../core/index.js';
import { Backoff } from './backoff.js';
import { SOCKET_TIMEOUT_MS, dialLinkSocket } from './dial-link-socket.js';
import type { FrameSocket } from './frame-socket.js';
import type { AdoptAnswer, GateIntroduction, ParkedClient } from './client-parking.js';
import { fromWireAnswer, toWireClient } from './parking-codec.js';
import type { AdoptRequest, ReleaseRequest, WireAdoptAnswer } from './parking-codec.js';
import type { LinkTuning } from './frame-stream.js';
import { FrameStream } from './frame-stream.js';
import type { GateMessage } from './gate-messages.js';
import { MESSAGE_OVERHEAD_BYTES } from './grpc-listener.js';
import { describeCall, notSent, outcomeUnknown, overloaded, typedMethod } from './link-errors.js';
import type { EnvelopeReport, LinkFrame, LinkHello, LinkPeer, ViewStamp } from './link-frames.js';
import { LINK_PROTOCOL } from './link-frames.js';
import { callWeight } from './link-weights.js';
import type { OpenCall } from './open-calls.js';
import { OpenCalls, abortError } from './open-calls.js';
import { PeerChannel } from './peer-channel.js';
import type { PeerChannelOptions } from './peer-channel.js';
import type { RpcLogger } from './rpc-logger.js';
import { splitReport } from './report-parts.js';

const FIRST_REDIAL_MS = 50;
const LONGEST_REDIAL_MS = 1000;

export interface LinkOptions extends PeerChannelOptions {
  /** This process, as it introduces itself. */
  readonly self: LinkPeer;
  readonly clock: Clock;
  readonly tuning: LinkTuning;
  readonly logger?: RpcLogger | undefined;
  /** Frames may leave the gRPC stream for a plain socket, if the peer has one. Default: no. */
  readonly sockets?: boolean | undefined;
}

/**
 * - `idle`: nothing is open; the next call dials
 * - `dialling`: calls wait until the other side has said hello
 * - `up`
 * - `leaving`: the peer takes no new calls; open ones are finished
 * - `closed`: for ever
 */
export type LinkState = 'idle' | 'dialling' | 'up' | 'leaving' | 'closed';

/**
 * The caller's half of the one stream to another process (docs/wire.md, `Link`): many calls at a time, each settled
 * exactly once. Dials when it is needed; between failed attempts it refuses at once rather than letting calls wait.
 */
export class Link implements CallTarget {
  private current: LinkState = 'idle';
  private stream: FrameStream | undefined;
  private peer: LinkHello | undefined;
  /** Of the peer; kept when the connection is lost, which is when it matters. */
  private idempotentMethods: ReadonlySet<string> = new Set();
  private retired = false;
  private redialAt = -Infinity;
  private lastError: unknown;
  private connectTimer: TimerHandle;
  private waiters: { resolve: (peer: LinkPeer) => void; reject: (error: GoverseError) => void }[] = [];
  private readonly downListeners = new Set<() => void>();
  private readonly channel: PeerChannel;
  private readonly calls: OpenCalls;
  private readonly backoff = new Backoff(FIRST_REDIAL_MS, LONGEST_REDIAL_MS);

  constructor(
    /** Advertised address of the peer; a process that answers with another one is not talked to. */
    readonly address: string,
    private readonly options: LinkOptions,
  ) {
    this.channel = new PeerChannel(address, options);
    this.calls = new OpenCalls(options.clock, (seq) => this.stream?.outbox.addCancel(seq));
  }

  get state(): LinkState {
    return this.current;
  }

  /** Calls without a result yet. */
  get openCalls(): number {
    return this.calls.size;
  }

  /**
   * Sends a call. Besides the errors of the call itself: `NOT_READY` (certainly not executed), `OUTCOME_UNKNOWN` (the
   * connection broke after it was sent), `DEADLINE_EXCEEDED`, `CANCELLED`, `PAYLOAD_TOO_LARGE`, `OVERLOADED`.
   */
  execute(call: ObjectCall, signal: Cancellation, view?: ViewStamp): Promise<CallResult> {
    return promiseOf((outcome) => this.begin(call, signal, outcome, view));
  }

  begin(call: ObjectCall, signal: Cancellation, outcome: CallOutcome, view?: ViewStamp): void {
    try {
      if (signal.aborted) throw abortError(call, signal);
      if (call.deadline <= this.options.clock.now()) {
        throw goverseError('DEADLINE_EXCEEDED', `The deadline of ${describeCall(call)} passed before it was sent`);
      }
      const weight = callWeight({ seq: 0, call, view }, this.payloadLimit());
      this.assertTakesCalls();
      const entry = this.calls.open(call, signal, view, outcome);
      if (this.current === 'up') this.stream?.outbox.addCall(entry, weight);
    } catch (error) {
      outcome.failed(error);
    }
  }

  /** Resolves when the peer has said hello; dials if that is needed. Rejects `NOT_READY`. */
  async connect(): Promise<LinkPeer> {
    if (this.current === 'up' && this.peer) return this.peer;
    this.assertTakesCalls();
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  /** Called whenever the connection is lost, an attempt failed, or the link is closed. Returns how to stop listening. */
  onDown(listener: () => void): () => void {
    this.downListeners.add(listener);
    return () => this.downListeners.delete(listener);
  }

  /** Tells a node what became of an envelope. False: it cannot be told at the moment. */
  report(report: EnvelopeReport): boolean {
    const outbox = this.stream?.outbox;
    if (!outbox || !this.peer || outbox.full) return false;
    for (const { part, weight } of splitReport(report)) outbox.addReport(part, weight);
    return true;
  }

  /** Opens a RegisterGate stream on the channel of this link. */
  registerGate(gate: GateIntroduction): ClientReadableStream<GateMessage> {
    return this.channel.registerGate(gate);
  }

  /** Tells the node that this gate is about to leave. */
  async announceLeaving(gateAddr: string, timeoutMs: number): Promise<void> {
    await this.channel.unary('LeaveGate', { gateAddr, announced: true }, timeoutMs);
  }

  /** Asks the node to push nothing more to this gate; its stream of RegisterGate ends after what has been sent. */
  async leaveGate(gateAddr: string, timeoutMs: number): Promise<void> {
    await this.channel.unary('LeaveGate', { gateAddr }, timeoutMs);
  }

  /** Tells the node that this gate, which has left, has nothing more to leave with the nodes. */
  async gateHasParked(gateAddr: string, timeoutMs: number): Promise<void> {
    await this.channel.unary('LeaveGate', { gateAddr, parked: true }, timeoutMs);
  }

  /** Leaves clients with the node. */
  async parkClients(clients: readonly ParkedClient[], timeoutMs: number): Promise<void> {
    await this.channel.unary('ParkClients', { clients: clients.map(toWireClient) }, timeoutMs);
  }

  /** Asks the node for a client of another gate; from then on it pushes to this one. */
  async adoptClient(request: AdoptRequest, timeoutMs: number): Promise<AdoptAnswer> {
    return fromWireAnswer(await this.channel.unary<WireAdoptAnswer>('AdoptClient', request, timeoutMs));
  }

  /** Tells the node that clients of other gates are not here any more. */
  async releaseClients(request: ReleaseRequest, timeoutMs: number): Promise<void> {
    await this.channel.unary('ReleaseClients', request, timeoutMs);
  }

  /** The object types of the peer, on the channel of this link. */
  describe(timeoutMs: number): Promise<ObjectTypeInfo[]> {
    return this.channel.describe(timeoutMs);
  }

  /** Takes no more calls, and closes when the open ones have ended or the connection has. */
  retire(): void {
    this.retired = true;
    this.closeIfRetired();
  }

  /** Ends the connection now; written calls end with `OUTCOME_UNKNOWN`. */
  close(why = goverseError('NOT_READY', 'This process closed the connection')): void {
    if (this.current === 'closed') return;
    const { stream } = this;
    this.current = 'closed';
    if (stream) stream.fail(why);
    else this.notifyDown(notSent(this.address, undefined));
    this.calls.close();
    this.channel.close();
  }

  private assertTakesCalls(): void {
    if (this.retired || this.current === 'closed')
      throw notSent(this.address, goverseError('NOT_READY', 'the process left the cluster'));
    if (this.current === 'leaving') throw notSent(this.address, goverseError('NOT_READY', 'it is going away'));
    if (this.calls.size >= this.options.tuning.openCallsLimit || this.stream?.outbox.full) {
      throw overloaded(`${this.calls.size} calls to ${this.address} are waiting already`);
    }
    if (this.current !== 'idle') return;
    if (this.options.clock.monotonic() < this.redialAt) throw notSent(this.address, this.lastError);
    this.dial();
  }

  private dial(): void {
    const { clock, tuning, self, maxPayloadBytes, sockets } = this.options;
    const duplex = this.channel.openLink();
    const takesSocket = sockets === true && this.channel.takesSockets;
    const stream = new FrameStream({
      duplex,
      dialled: true,
      hello: {
        ...self,
        protocol: LINK_PROTOCOL,
        maxPayloadBytes,
        idempotentMethods: [],
        takesSocket,
        takesParts: true,
      },
      clock,
      tuning,
      cut: () => duplex.cancel(),
      onHello: (hello) => this.goUp(hello),
      onFrame: (frame) => this.receive(frame),
      onDown: (error) => this.goDown(error),
      openSocket: takesSocket ? (ticket) => this.openSocket(ticket) : undefined,
    });
    this.current = 'dialling';
    this.stream = stream;
    this.connectTimer = clock.setTimeout(
      () => stream.fail(goverseError('NOT_READY', `no answer within ${tuning.connectTimeoutMs} ms`)),
      tuning.connectTimeoutMs,
    );
    stream.start();
  }

  private openSocket(ticket: string): Promise<FrameSocket | undefined> {
    const { clock, maxPayloadBytes, tuning } = this.options;
    return dialLinkSocket({
      connect: () => this.channel.connectSocket(),
      ticket,
      clock,
      maxFrameBytes: maxPayloadBytes + MESSAGE_OVERHEAD_BYTES,
      // Time must be left to do without.
      timeoutMs: Math.min(SOCKET_TIMEOUT_MS, tuning.connectTimeoutMs / 2),
    });
  }

  private goUp(hello: LinkHello): void {
    if (hello.address !== this.address) {
      throw goverseError(
        'NOT_READY',
        `the process that answers there is ${hello.address}; check its advertise setting`,
      );
    }
    this.options.clock.clearTimeout(this.connectTimer);
    this.backoff.reset();
    this.current = 'up';
    this.peer = hello;
    this.idempotentMethods = new Set(hello.idempotentMethods);
    this.lastError = undefined;
    for (const entry of this.calls.unwritten()) this.enqueue(entry);
    for (const { resolve } of this.waiters.splice(0)) resolve(hello);
  }

  /** Only now the peer's own limit is known. */
  private enqueue(entry: OpenCall): void {
    try {
      this.stream?.outbox.addCall(entry, callWeight(entry, this.payloadLimit()));
    } catch (error) {
      this.calls.settle(entry, GoverseError.from(error));
    }
  }

  private receive(frame: LinkFrame): void {
    for (const result of frame.results) this.calls.answer(result);
    if (frame.goingAway && this.current === 'up') {
      this.current = 'leaving';
      for (const entry of this.calls.unwritten()) this.calls.settle(entry, notSent(this.address, undefined));
      this.stream?.outbox.addControl({ goingAway: true });
    }
    this.closeIfRetired();
  }

  private goDown(error: unknown): void {
    const { clock, logger } = this.options;
    const before = this.current;
    clock.clearTimeout(this.connectTimer);
    this.stream = undefined;
    this.peer = undefined;
    if (before !== 'closed') this.current = 'idle';
    // A connection that was up is dialled again at once; what failed or is going away needs a pause.
    if (before !== 'up') this.redialAt = clock.monotonic() + this.backoff.next();
    if (error !== undefined && before !== 'closed' && this.lastError === undefined)
      logger?.warn(notSent(this.address, error).message);
    this.lastError = error;
    this.calls.settleAll(({ wasWritten, call }) =>
      wasWritten
        ? outcomeUnknown(this.address, describeCall(call), error, this.idempotentMethods.has(typedMethod(call)))
        : notSent(this.address, error),
    );
    this.notifyDown(notSent(this.address, error));
    this.closeIfRetired();
  }

  private notifyDown(error: GoverseError): void {
    for (const { reject } of this.waiters.splice(0)) reject(error);
    for (const listener of [...this.downListeners]) listener();
  }

  private closeIfRetired(): void {
    if (this.retired && this.calls.size === 0) this.close();
  }

  private payloadLimit(): number {
    const own = this.options.maxPayloadBytes;
    return this.peer?.maxPayloadBytes ? Math.min(own, this.peer.maxPayloadBytes) : own;
  }
}
