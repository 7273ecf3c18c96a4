import type { Clock } from '../core/index.js';
import { goverseError } from '../core/index.js';
import { Heartbeat } from './heartbeat.js';
import { LinkFrameCodec } from './link-frame-codec.js';
import type { LinkFrame, LinkHello } from './link-frames.js';
import { LinkOutbox } from './link-outbox.js';

/** The part of a grpc-js bidirectional stream that both halves share; it carries encoded frames. */
export interface FrameDuplex {
  write(frame: Buffer): boolean;
  end(): unknown;
  pause(): unknown;
  resume(): unknown;
  on(event: 'data', listener: (frame: Buffer) => void): unknown;
  on(event: 'drain' | 'end' | 'close' | 'cancelled', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** How patient a Link is, and how much it holds. */
export interface LinkTuning {
  /** Milliseconds between heartbeats. */
  readonly heartbeatMs: number;
  /** Silent heartbeats after which the peer counts as gone. */
  readonly heartbeatLimit: number;
  /** Milliseconds until the other side must have said hello. */
  readonly connectTimeoutMs: number;
  /** Bytes that may wait for a slow peer. */
  readonly outboxBytes: number;
  /** Calls that may be open on one Link at a time. */
  readonly openCallsLimit: number;
}

export const LINK_TUNING: LinkTuning = {
  heartbeatMs: 3000,
  heartbeatLimit: 3,
  connectTimeoutMs: 5000,
  outboxBytes: 16 * 1024 * 1024,
  openCallsLimit: 16_384,
};

export interface FrameStreamOptions {
  readonly duplex: FrameDuplex;
  /** What this side says first: the dialler at once, the other side when it has accepted the dialler's. */
  readonly hello: LinkHello;
  readonly dialled: boolean;
  readonly clock: Clock;
  readonly tuning: LinkTuning;
  /** Ends the stream at once, with the status of `error` where there is one to give. */
  readonly cut: (error: unknown) => void;
  /** The other side's first frame; throws to refuse it. */
  readonly onHello: (hello: LinkHello) => void;
  readonly onFrame: (frame: LinkFrame) => void;
  /** Called once; `error` is undefined when the peer ended the stream in order. Nothing is sent or heard after it. */
  readonly onDown: (error: unknown) => void;
  readonly onRoom?: () => void;
}

/** A stream of Link frames, the same for both halves: hello first, then batches, with a heartbeat. */
export class FrameStream {
  readonly outbox: LinkOutbox;
  private readonly codec = new LinkFrameCodec();
  private readonly heartbeat: Heartbeat;
  private greeted = false;
  private finishing = false;
  private down = false;

  constructor(private readonly options: FrameStreamOptions) {
    const { tuning, clock } = options;
    this.outbox = new LinkOutbox({ send: (frame) => this.send(frame), onRoom: () => this.room() }, tuning.outboxBytes);
    this.heartbeat = new Heartbeat({
      clock,
      intervalMs: tuning.heartbeatMs,
      limit: tuning.heartbeatLimit,
      ping: (ping) => this.ping(ping),
      silent: () => this.fail(goverseError('NOT_READY', 'The other side of the Link does not answer any more')),
    });
  }

  /** Begins to listen; the dialler says hello. */
  start(): void {
    const { duplex, hello, dialled } = this.options;
    duplex.on('data', (bytes) => this.receive(bytes));
    duplex.on('drain', () => this.outbox.drained());
    duplex.on('error', (error) => this.ended(error));
    for (const event of ['cancelled', 'end', 'close'] as const) duplex.on(event, () => this.ended(undefined));
    if (dialled) {
      this.outbox.addControl({ hello });
      this.outbox.flush();
    }
    this.heartbeat.start();
  }

  /** Sends what waits, then ends the stream in order. */
  finish(): void {
    this.finishing = true;
    this.outbox.flush();
  }

  /** Ends the stream at once. */
  fail(error: unknown): void {
    this.ended(error, () => this.options.cut(error));
  }

  private ping(ping: number): void {
    if (this.greeted) this.outbox.addControl({ ping });
  }

  private send(frame: LinkFrame): boolean {
    try {
      return this.options.duplex.write(this.codec.encode(frame, this.options.clock.now()));
    } catch (error) {
      this.fail(goverseError('INVALID_ARGUMENT', `A Link frame cannot be encoded: ${String(error)}`, { cause: error }));
      return false;
    }
  }

  private room(): void {
    this.options.onRoom?.();
    if (!this.finishing || this.down || !this.outbox.empty) return;
    this.outbox.close();
    this.options.duplex.end();
  }

  private receive(bytes: Buffer): void {
    if (this.down) return;
    this.heartbeat.heard();
    try {
      this.take(this.codec.decode(bytes, this.options.clock.now()));
    } catch (error) {
      this.fail(
        goverseError('INVALID_ARGUMENT', `The Link got a frame it cannot read: ${String(error)}`, { cause: error }),
      );
    }
  }

  private take(frame: LinkFrame): void {
    if (!this.greeted && !this.greet(frame)) return;
    if (frame.ping) this.outbox.addControl({ pong: frame.ping });
    this.options.onFrame(frame);
  }

  private greet({ hello }: LinkFrame): boolean {
    try {
      if (!hello || hello.protocol < 1)
        throw goverseError('INVALID_ARGUMENT', 'The first frame of a Link must be a hello with a protocol version');
      this.options.onHello(hello);
      this.greeted = true;
      if (!this.options.dialled) this.outbox.addControl({ hello: this.options.hello });
    } catch (error) {
      this.fail(error);
    }
    return this.greeted;
  }

  private ended(error: unknown, cut?: () => void): void {
    if (this.down) return;
    this.down = true;
    this.heartbeat.stop();
    this.outbox.close();
    cut?.();
    this.options.onDown(error);
  }
}
