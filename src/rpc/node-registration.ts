import type { ClientReadableStream } from '@grpc/grpc-js';
import type { Clock, TimerHandle } from '../core/index.js';
import { goverseError, systemClock } from '../core/index.js';
import { Backoff } from './backoff.js';
import type { GateIntroduction } from './client-parking.js';
import type { GateMessage, PushEnvelope } from './gate-messages.js';
import { goverseErrorOf } from './grpc-errors.js';
import type { EnvelopeReport } from './link-frames.js';
import type { LinkPool } from './link-pool.js';
import type { Link } from './link.js';
import type { RpcLogger } from './rpc-logger.js';

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 2000;
const DEFAULT_REPLY_TIMEOUT_MS = 5000;

export interface NodeRegistrationOptions {
  readonly pool: LinkPool;
  readonly nodeAddress: string;
  /** Advertised address of this gate. */
  readonly gateAddress: string;
  /** What else it says about itself at the moment. Default: nothing. */
  readonly introduction?: (() => Omit<GateIntroduction, 'address'>) | undefined;
  /** Called in the order the node pushed. */
  readonly onEnvelope: (envelope: PushEnvelope, registration: NodeRegistration) => void;
  /** Called with clients of this gate that have come to another one. */
  readonly onMoved?: ((clientIds: readonly string[]) => void) | undefined;
  /** Called with clients of this gate that another one waits for. */
  readonly onWanted?: ((clientIds: readonly string[]) => void) | undefined;
  readonly onState?: (state: NodeRegistrationState) => void;
  readonly clock?: Clock | undefined;
  readonly logger?: RpcLogger | undefined;
  /** Milliseconds the node may take to answer; default 5 s. */
  readonly replyTimeoutMs?: number | undefined;
}

/**
 * - `idle`: not started
 * - `connecting`: waits for the link, then for the node's first message
 * - `registered`: pushes arrive
 * - `waiting`: it broke; tries again after a backoff
 * - `leaving`: the node has been asked for no more pushes; the last ones arrive
 * - `stopped`: for ever
 */
export type NodeRegistrationState = 'idle' | 'connecting' | 'registered' | 'waiting' | 'leaving' | 'stopped';

/**
 * Keeps a gate registered with one node, until it is stopped. The link goes up first, so that the gate can report what
 * became of every push; its heartbeat also tells when the connection is only half there. When either stream breaks, both
 * are made anew.
 */
export class NodeRegistration {
  private current: NodeRegistrationState = 'idle';
  private stream: ClientReadableStream<GateMessage> | undefined;
  private link: Link | undefined;
  private timer: TimerHandle;
  private stopListening: (() => void) | undefined;
  private waiters: { resolve: () => void; reject: (error: Error) => void }[] = [];
  private readonly backoff = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  private readonly clock: Clock;

  constructor(private readonly options: NodeRegistrationOptions) {
    this.clock = options.clock ?? systemClock;
  }

  get nodeAddress(): string {
    return this.options.nodeAddress;
  }

  get state(): NodeRegistrationState {
    return this.current;
  }

  start(): void {
    if (this.current === 'idle') void this.connect();
  }

  /** Resolves once the node has confirmed; rejects when the registration is stopped before. */
  whenRegistered(): Promise<void> {
    if (this.current === 'registered') return Promise.resolve();
    if (this.current === 'stopped') return Promise.reject(this.stoppedError());
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  /** Tells the node what became of an envelope. False: it cannot be told, and finds out by its own timeout. */
  report(report: EnvelopeReport): boolean {
    const listens = this.current === 'registered' || this.current === 'leaving';
    return listens && this.link !== undefined && this.link.report(report);
  }

  /**
   * Asks the node for no more pushes and resolves when the last one has arrived, at the latest after `timeoutMs`: what is
   * pushed from then on waits at the node. Reports can still be given.
   */
  async leave(timeoutMs: number): Promise<void> {
    const { stream, link } = this;
    // It must not register in a moment, when nobody is here any more.
    if (this.current !== 'registered' || !stream || !link) return this.stop();
    this.enter('leaving');
    const ended = new Promise<void>((resolve) => {
      stream.once('end', resolve).once('error', () => resolve());
      this.timer = this.clock.setTimeout(resolve, timeoutMs);
    });
    await Promise.all([ended, link.leaveGate(this.options.gateAddress, timeoutMs)]);
  }

  /** Ends the stream; the node forgets this gate. Idempotent. */
  stop(): Promise<void> {
    if (this.current !== 'stopped') {
      this.enter('stopped');
      this.letGo();
      for (const { reject } of this.waiters.splice(0)) reject(this.stoppedError());
    }
    return Promise.resolve();
  }

  private async connect(): Promise<void> {
    this.enter('connecting');
    const link = this.options.pool.link(this.options.nodeAddress);
    this.link = link;
    try {
      await link.connect();
      // It may have been stopped while the link went up.
      if (this.current === 'connecting') this.open(link);
    } catch (error) {
      this.broken(error);
    }
  }

  private open(link: Link): void {
    const stream = link.registerGate(this.introduce());
    this.stream = stream;
    const broken = (error?: unknown) => {
      if (this.stream === stream) this.broken(error);
    };
    stream.on('data', (message: GateMessage) => {
      if (this.stream === stream) this.receive(message);
    });
    stream.on('error', broken);
    stream.on('end', () => broken());
    this.stopListening = link.onDown(() => broken(goverseError('NOT_READY', 'the link to it broke')));
    const timeoutMs = this.options.replyTimeoutMs ?? DEFAULT_REPLY_TIMEOUT_MS;
    this.timer = this.clock.setTimeout(
      () => broken(goverseError('NOT_READY', `no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
  }

  private receive(message: GateMessage): void {
    if (message.kind === 'registered') {
      this.clock.clearTimeout(this.timer);
      this.backoff.reset();
      this.enter('registered');
      for (const { resolve } of this.waiters.splice(0)) resolve();
    } else if (message.kind === 'envelope') this.deliver(message.envelope);
    else if (message.kind === 'moved') this.options.onMoved?.(message.clientIds);
    else if (message.kind === 'wanted') this.options.onWanted?.(message.clientIds);
  }

  private deliver(envelope: PushEnvelope): void {
    try {
      this.options.onEnvelope(envelope, this);
    } catch (error) {
      this.options.logger?.error(`A push from node ${this.nodeAddress} could not be delivered: ${String(error)}`);
    }
  }

  private introduce(): GateIntroduction {
    const { gateAddress: address, introduction } = this.options;
    return { address, tag: '', windowMs: 0, adopted: [], ...introduction?.() };
  }

  private broken(error: unknown): void {
    if (this.current === 'stopped' || this.current === 'leaving') return;
    this.letGo();
    const why = error === undefined ? 'the node ended the stream' : goverseErrorOf(error).message;
    if (this.current === 'registered')
      this.options.logger?.warn(`Registration with node ${this.nodeAddress} broke: ${why}`);
    else this.options.logger?.debug?.(`Registration with node ${this.nodeAddress} failed: ${why}`);
    this.enter('waiting');
    this.timer = this.clock.setTimeout(() => void this.connect(), this.backoff.next());
  }

  private letGo(): void {
    const { stream } = this;
    this.clock.clearTimeout(this.timer);
    this.stopListening?.();
    this.stopListening = undefined;
    this.stream = undefined;
    stream?.cancel();
  }

  private enter(state: NodeRegistrationState): void {
    this.current = state;
    this.options.onState?.(state);
  }

  private stoppedError(): Error {
    return goverseError('NOT_READY', `The registration with node ${this.nodeAddress} was stopped`);
  }
}
