import { goverseError } from '../../core/index.js';
import type { GoverseError } from '../../core/index.js';
import type { ClientErrors } from '../client-errors.js';
import { FAREWELL } from '../client-streams.js';
import type { ClientSource } from '../client-request.js';
import type { PushSink, QueuedPush } from '../push-sink.js';
import { reconnectDelay } from '../reconnect-delay.js';
import type { ClientFrame } from './client-frame.js';
import type { FrameCarrier } from './frame-carrier.js';
import type { FrameHandlers } from './frame-handlers.js';
import type { FrameExchanges } from './frame-exchanges.js';
import { FrameRequests } from './frame-requests.js';
import { FrameWriter } from './frame-writer.js';
import type { ServerFrame } from './server-frame.js';

const LOST = goverseError('CANCELLED', 'The connection to the client ended');

export interface FrameExchangeParts {
  readonly carrier: FrameCarrier;
  readonly handlers: FrameHandlers;
  /** What the stream says about its client. */
  readonly source: ClientSource;
  readonly errors: ClientErrors;
  readonly exchanges: FrameExchanges;
  readonly maxPayloadBytes: number;
}

/**
 * - `running`
 * - `halfClosed`: the client sends no more; `goingAway`: the gate stops. Both end when everything is answered
 * - `ended`
 */
type ExchangeState = 'running' | 'halfClosed' | 'goingAway' | 'ended';

/** One stream of frames, whatever carries them: frames of the client in, frames of the gate out. */
export class FrameExchange implements PushSink {
  private readonly requests: FrameRequests;
  private readonly writer: FrameWriter;
  private readonly ended = new AbortController();
  private state: ExchangeState = 'running';
  private paused = false;
  private endedByGate = false;

  constructor(private readonly parts: FrameExchangeParts) {
    this.writer = new FrameWriter(parts.carrier, parts.maxPayloadBytes);
    this.requests = new FrameRequests({
      ...parts,
      sink: this,
      ended: this.ended.signal,
      send: (frame) => this.send(frame),
      onAnswer: () => this.regulate(),
    });
    parts.exchanges.add(this);
  }

  receive(frame: ClientFrame): void {
    if (this.state === 'ended') return;
    this.requests.handle(frame);
    this.regulate();
  }

  /** The client sends no more; it still gets its answers. */
  halfClosed(): void {
    if (this.state === 'running') this.state = 'halfClosed';
    this.regulate();
  }

  /** The transport takes frames again. */
  drained(): void {
    if (this.state === 'ended') return;
    this.writer.drained();
    this.requests.client?.drained(this);
    this.regulate();
  }

  /**
   * The transport is gone. `reason`: why the calls of the client are cancelled; `FAREWELL` if its other end was closed in
   * order, which is a farewell only if the client began it.
   */
  closed(reason: GoverseError = LOST): void {
    if (this.ended.signal.aborted) return;
    const why = reason === FAREWELL && this.endedByGate ? LOST : reason;
    this.state = 'ended';
    this.writer.close();
    this.requests.abort(why);
    this.ended.abort(why);
    this.parts.exchanges.remove(this);
  }

  /** Ends the stream with a reason the client is to blame for. */
  refuse(reason: GoverseError): void {
    if (this.state === 'ended') return;
    this.writer.flush();
    this.state = 'ended';
    this.endedByGate = true;
    this.parts.carrier.end(reason);
    this.requests.abort(reason);
  }

  /** Tells the client to go elsewhere; the stream ends when what runs is answered and what waits is pushed. */
  goAway(): void {
    if (this.state === 'ended' || this.state === 'goingAway') return;
    this.state = 'goingAway';
    this.send({ goingAway: { reconnectAfterMs: reconnectDelay() } });
    this.regulate();
  }

  write(batch: readonly QueuedPush[]): boolean {
    if (this.state === 'ended') return false;
    for (const push of batch) this.writer.put(this.parts.carrier.encode({ push }));
    return this.writer.flush();
  }

  /** Unless there is another reason the gate stops. */
  end(reason?: GoverseError): void {
    if (reason) this.refuse(reason);
    else this.goAway();
  }

  destroy(reason?: GoverseError): void {
    if (this.ended.signal.aborted) return;
    this.endedByGate = true;
    this.parts.carrier.cut(reason);
    this.closed(reason);
  }

  private send(frame: ServerFrame): void {
    if (this.state === 'ended') return;
    this.writer.add(this.parts.carrier.encode(frame));
  }

  /** Reads as fast as the client reads, and ends when there is nothing left to do. */
  private regulate(): void {
    const { carrier } = this.parts;
    if (this.state === 'ended') return;
    if (this.writer.overflowing) {
      this.destroy(goverseError('OVERLOADED', 'The client does not read the answers to its requests'));
      return;
    }
    const pause = this.writer.full || this.requests.holding;
    if (pause !== this.paused) {
      this.paused = pause;
      if (pause) carrier.pause();
      else carrier.resume();
    }
    if (this.state !== 'running') this.finishIfDone();
  }

  private finishIfDone(): void {
    if (this.requests.size > 0 || (this.requests.client?.waiting ?? 0) > 0) return;
    this.writer.flush();
    if (!this.writer.empty) return;
    const stopped = this.state === 'goingAway';
    this.state = 'ended';
    this.endedByGate = stopped;
    this.parts.carrier.end(
      stopped ? goverseError('NOT_READY', 'This gate is stopping; connect to another one') : undefined,
    );
  }
}
