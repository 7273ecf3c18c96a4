import type { CallOutcome, CallResult, Cancellation, Clock, ObjectCall } from '../core/index.js';
import { GoverseError, LazySignal, goverseError } from '../core/index.js';
import type { FrameDuplex } from './frame-duplex.js';
import type { FrameStreamOptions, LinkTuning } from './frame-stream.js';
import { FrameStream } from './frame-stream.js';
import { describeCall, overloaded } from './link-errors.js';
import type {
  CallFrame,
  EnvelopeReport,
  LinkFrame,
  LinkHello,
  LinkPeer,
  ReceivedCall,
  ResultFrame,
  ViewStamp,
} from './link-frames.js';
import { assertFits, resultWeight } from './link-weights.js';

/** What a process does with what comes in over its links. */
export interface LinkHandler {
  /** Begun in the order the calls arrived. `view` is what the caller's router looked at. */
  execute(call: ObjectCall, signal: Cancellation, peer: LinkPeer, view?: ViewStamp): Promise<CallResult>;
  /** The same without a promise of its own, as `CallTarget.begin`. */
  begin?(call: ObjectCall, signal: Cancellation, peer: LinkPeer, outcome: CallOutcome, view?: ViewStamp): void;
  /** A gate tells what became of an envelope. */
  pushReport(peer: LinkPeer, report: EnvelopeReport): void;
  /** A peer's link is up: from now on it can report. */
  linkUp?(peer: LinkPeer): void;
  linkDown?(peer: LinkPeer): void;
}

export interface ServedLinkOptions {
  readonly duplex: FrameDuplex;
  readonly cut: (error: unknown) => void;
  readonly hello: LinkHello;
  readonly handler: LinkHandler;
  readonly clock: Clock;
  readonly tuning: LinkTuning;
  readonly onDown: () => void;
  readonly expectSocket?: FrameStreamOptions['expectSocket'];
}

/** The executing half of one link: runs the peer's calls and sends back their results. */
export class ServedLink {
  private readonly running = new Map<number, ServedCall>();
  private readonly stream: FrameStream;
  private peer: LinkHello | undefined;
  private peerStopped = false;
  private draining = false;
  private paused = false;
  private down = false;

  constructor(private readonly options: ServedLinkOptions) {
    const { duplex, cut, hello, clock, tuning, expectSocket } = options;
    this.stream = new FrameStream({
      duplex,
      dialled: false,
      hello,
      clock,
      tuning,
      cut,
      onHello: (peer) => this.greet(peer),
      onFrame: (frame) => this.receive(frame),
      onDown: () => this.goDown(),
      onRoom: () => this.readOn(),
      expectSocket,
    });
    this.stream.start();
  }

  /** Asks the peer for no more calls; the stream ends when it has stopped and every call is answered. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    // Before the hello nothing may be said.
    if (this.peer) this.stream.outbox.addControl({ goingAway: true });
  }

  /** Ends the stream now. */
  fail(error: unknown): void {
    this.stream.fail(error);
  }

  private greet(peer: LinkHello): void {
    this.peer = peer;
    if (this.draining) this.stream.outbox.addControl({ goingAway: true });
    this.options.handler.linkUp?.(peer);
  }

  private receive(frame: LinkFrame): void {
    for (const received of frame.calls) this.run(received);
    for (const seq of frame.cancels)
      this.running.get(seq)?.signal.abort(goverseError('CANCELLED', 'The caller cancelled the call'));
    if (this.peer) for (const report of frame.pushReports) this.options.handler.pushReport(this.peer, report);
    if (frame.goingAway) this.peerStopped = true;
    this.finishIfDrained();
  }

  private run(received: ReceivedCall): void {
    if ('error' in received) this.answer(received);
    else if (this.running.has(received.seq))
      throw goverseError('INVALID_ARGUMENT', `the number ${received.seq} is used by two open calls`);
    else if (this.running.size >= this.options.tuning.openCallsLimit) {
      this.answer({
        seq: received.seq,
        error: overloaded(`${this.running.size} calls of one link are running already`),
      });
    } else this.execute(received);
  }

  private execute({ seq, call, view }: CallFrame): void {
    const { handler } = this.options;
    const peer = this.peer as LinkPeer;
    const served = new ServedCall(seq, call, this.ended);
    this.running.set(seq, served);
    try {
      if (handler.begin) return handler.begin(call, served.signal, peer, served, view);
      handler.execute(call, served.signal, peer, view).then(
        (result) => served.done(result),
        (error: unknown) => served.failed(error),
      );
    } catch (error) {
      // One bad handler must not end the link of all calls.
      served.failed(error);
    }
  }

  private readonly ended = (served: ServedCall, outcome: CallResult | GoverseError): void => {
    const { seq, call, signal } = served;
    this.running.delete(seq);
    if (this.down) return;
    // A cancelled caller waits no more.
    if (!signal.aborted) this.answer(this.answerOf(seq, call, outcome));
    if (this.draining) this.finishIfDrained();
  };

  private answerOf(seq: number, call: ObjectCall, outcome: CallResult | GoverseError): ResultFrame {
    if (outcome instanceof GoverseError) return { seq, error: outcome };
    try {
      return { seq, result: this.sendable(call, outcome) };
    } catch (error) {
      return { seq, error: GoverseError.from(error) };
    }
  }

  private sendable(call: ObjectCall, result: CallResult): CallResult {
    const { payload } = result;
    if (payload.kind === 'value') {
      throw goverseError(
        'RESULT_NOT_ENCODABLE',
        `The result of ${describeCall(call)} was not encoded for the caller's process`,
      );
    }
    const own = this.options.hello.maxPayloadBytes;
    const limit = this.peer?.maxPayloadBytes ? Math.min(own, this.peer.maxPayloadBytes) : own;
    assertFits(payload.bytes, limit, `The result of ${describeCall(call)}`);
    return result;
  }

  private answer(frame: ResultFrame): void {
    const { outbox } = this.stream;
    outbox.addResult(frame, resultWeight(frame));
    if (!outbox.full || this.paused) return;
    // The peer does not read its results: it gets no more calls in.
    this.paused = true;
    this.stream.pause();
  }

  private readOn(): void {
    if (!this.paused) return;
    this.paused = false;
    this.stream.resume();
  }

  private finishIfDrained(): void {
    if (this.draining && this.peerStopped && this.running.size === 0) this.stream.finish();
  }

  private goDown(): void {
    this.down = true;
    const gone = goverseError('CANCELLED', 'The connection to the caller ended');
    for (const { signal } of this.running.values()) signal.abort(gone);
    this.running.clear();
    if (this.peer) this.options.handler.linkDown?.(this.peer);
    this.options.duplex.end();
    this.options.onDown();
  }
}

/** One call that runs here for the peer. */
class ServedCall implements CallOutcome {
  readonly signal = new LazySignal();

  constructor(
    readonly seq: number,
    readonly call: ObjectCall,
    private readonly ended: (served: ServedCall, outcome: CallResult | GoverseError) => void,
  ) {}

  done(result: CallResult): void {
    this.ended(this, result);
  }

  failed(error: unknown): void {
    this.ended(this, GoverseError.from(error));
  }
}
