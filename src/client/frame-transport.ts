import type { GoverseError } from '../core/errors.js';
import { goverseError } from '../core/errors.js';
import { Acknowledger } from './acknowledger.js';
import type { FrameChannel, ServerFrame } from './frames.js';
import { OpenRequests } from './open-requests.js';
import type { ClientRequest, GetResumePoint, Registration, StreamListener, Transport } from './transport.js';
import { describeRequest } from './transport.js';
import { Watchdog } from './watchdog.js';

/** `Connect` of a gate: register, pipelined calls, cancels, acknowledgements and pushes on one stream of frames. */
export class FrameTransport implements Transport {
  private readonly requests = new OpenRequests();
  private readonly acknowledger: Acknowledger;
  private registration: Registration | undefined;
  private over: (error: GoverseError, inOrder?: boolean) => void = () => undefined;
  /** The gate has said that it stops. */
  private stopping = false;

  constructor(
    private readonly channel: FrameChannel,
    /** How errors name the gate. */
    private readonly gate: string,
    private readonly silenceMs: number,
  ) {
    this.acknowledger = new Acknowledger((pushSeq) => channel.send({ kind: 'ack', seq: 0, pushSeq }));
  }

  async stay(resume: GetResumePoint, listener: StreamListener, signal: AbortSignal): Promise<GoverseError> {
    signal.throwIfAborted();
    const ended = new Promise<{ error: GoverseError; inOrder: boolean }>((resolve) => {
      this.over = (error, inOrder = false) => resolve({ error, inOrder });
    });
    const abort = () => this.over(signal.reason as GoverseError);
    const watchdog = new Watchdog(
      this.silenceMs,
      () => this.over(goverseError('NOT_READY', `The gate ${this.gate} has been silent for ${this.silenceMs} ms`)),
      () => this.channel.send({ kind: 'ping', seq: this.requests.nextSeq() }),
    );
    signal.addEventListener('abort', abort, { once: true });
    this.channel.open({
      opened: () => this.channel.send({ kind: 'register', seq: this.requests.nextSeq(), resume: resume() }),
      received: (frame) => {
        watchdog.feed();
        this.take(frame, listener);
      },
      closed: (...how) => this.over(...how),
    });
    const { error, inOrder } = await ended;
    watchdog.stop();
    this.acknowledger.stop();
    signal.removeEventListener('abort', abort);
    this.channel.close();
    if (this.stopping && inOrder) this.requests.refuseAll(error);
    else this.requests.breakAll(error);
    if (!this.registration) throw error;
    return error;
  }

  async execute(request: ClientRequest, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const seq = this.requests.nextSeq();
    if (!this.channel.send({ kind: request.verb, seq, request })) throw this.neverSent(request);
    return this.requests.wait(seq, request, signal, () => this.channel.send({ kind: 'cancel', seq }));
  }

  private take(frame: ServerFrame, listener: StreamListener): void {
    switch (frame.kind) {
      case 'registered':
        this.registration = frame.registration;
        return listener.registered(frame.registration);
      case 'result':
        return this.requests.answer(frame.seq, frame);
      case 'error':
        // Nothing else has been sent before the registration is answered.
        if (!this.registration) return this.over(frame.error);
        return this.requests.answer(frame.seq, frame.error);
      case 'push':
        this.acknowledger.note(frame.pushSeq);
        return listener.pushed(frame.push, frame.pushSeq);
      case 'goingAway':
        // The next gate asks for what it does not know to be received; what is acknowledged may be gone by then.
        this.acknowledger.stop();
        this.stopping = true;
        return listener.goingAway(frame.afterMs);
      case 'pong':
    }
  }

  private neverSent(request: ClientRequest): GoverseError {
    return goverseError(
      'NOT_READY',
      `The connection to ${this.gate} is gone; ${describeRequest(request)} was not sent`,
    );
  }
}
