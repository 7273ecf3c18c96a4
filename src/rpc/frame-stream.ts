import type { Clock } from '../core/index.js';
import { goverseError } from '../core/index.js';
import type { FrameDuplex } from './frame-duplex.js';
import type { FrameSocket } from './frame-socket.js';
import { Heartbeat } from './heartbeat.js';
import { LinkCarrier } from './link-carrier.js';
import { LinkFrameCodec } from './link-frame-codec.js';
import { MESSAGE_OVERHEAD_BYTES } from './grpc-listener.js';
import type { LinkFrame, LinkHello, LinkPart } from './link-frames.js';
import { LinkOutbox } from './link-outbox.js';
import { PartAssembly } from './part-assembly.js';
import type { SocketTicket } from './link-sockets.js';

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
  /** The dialler's: opens the socket that the ticket of the other side promises, if there is one to be had. */
  readonly openSocket?: ((ticket: string) => Promise<FrameSocket | undefined>) | undefined;
  /** The other side's: promises a socket to a dialler that takes one, if one can come. */
  readonly expectSocket?: ((arrived: (socket: FrameSocket) => void) => SocketTicket | undefined) | undefined;
}

/** A stream of Link frames, the same for both halves: hello first, then batches, with a heartbeat. */
export class FrameStream {
  readonly outbox: LinkOutbox;
  private readonly codec = new LinkFrameCodec();
  private readonly heartbeat: Heartbeat;
  private readonly carrier: LinkCarrier;
  private readonly parts: PartAssembly;
  private greeted = false;
  /** The dialler has not yet chosen between stream and socket: until it speaks nothing is said. */
  private ticket: SocketTicket | undefined;
  private finishing = false;
  private down = false;

  constructor(private readonly options: FrameStreamOptions) {
    const { tuning, clock, duplex } = options;
    this.parts = new PartAssembly(options.hello.maxPayloadBytes + MESSAGE_OVERHEAD_BYTES);
    this.outbox = new LinkOutbox(
      {
        send: (frame) => this.send(frame),
        onRoom: () => this.room(),
        bulk: {
          call: (call) => this.codec.encodeCall(call, clock.now()),
          result: (result) => this.codec.encodeResult(result),
        },
      },
      tuning.outboxBytes,
    );
    this.heartbeat = new Heartbeat({
      clock,
      intervalMs: tuning.heartbeatMs,
      limit: tuning.heartbeatLimit,
      ping: (ping) => this.ping(ping),
      silent: () => this.fail(goverseError('NOT_READY', 'The other side of the Link does not answer any more')),
    });
    this.carrier = new LinkCarrier(duplex, clock, {
      frame: (bytes) => this.receive(bytes),
      drained: () => {
        if (!this.ticket) this.outbox.drained();
      },
      ended: (error) => this.ended(error),
    });
  }

  /** The dialler says hello. */
  start(): void {
    const { hello, dialled } = this.options;
    if (dialled) {
      this.outbox.addControl({ hello });
      this.outbox.flush();
    }
    this.heartbeat.start();
  }

  /** Reads nothing more for a while. */
  pause(): void {
    this.carrier.pause();
  }

  resume(): void {
    this.carrier.resume();
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
      const { carrier, codec } = this;
      return carrier.write(codec.encode(frame, this.options.clock.now(), carrier.headBytes));
    } catch (error) {
      this.fail(goverseError('INVALID_ARGUMENT', `A Link frame cannot be encoded: ${String(error)}`, { cause: error }));
      return false;
    }
  }

  private room(): void {
    this.options.onRoom?.();
    if (!this.finishing || this.down || !this.outbox.empty) return;
    this.outbox.close();
    this.carrier.end();
  }

  private receive(bytes: Buffer): void {
    if (this.down) return;
    this.heartbeat.heard();
    if (this.ticket) this.spoken();
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
    for (const seq of frame.cancels) this.parts.drop(seq);
    this.options.onFrame(frame.part ? this.withWhole(frame, frame.part) : frame);
  }

  /** The last part of a call or a result makes it whole. */
  private withWhole(frame: LinkFrame, part: LinkPart): LinkFrame {
    const whole = this.parts.add(part);
    if (whole === undefined) return frame;
    if (this.options.dialled) return { ...frame, results: [...frame.results, this.codec.decodeResult(whole)] };
    return { ...frame, calls: [...frame.calls, this.codec.decodeCall(whole, this.options.clock.now())] };
  }

  private greet({ hello }: LinkFrame): boolean {
    try {
      if (!hello || hello.protocol < 1)
        throw goverseError('INVALID_ARGUMENT', 'The first frame of a Link must be a hello with a protocol version');
      const { dialled, openSocket } = this.options;
      if (!dialled) this.answer(hello);
      else if (hello.socketTicket && openSocket)
        void openSocket(hello.socketTicket).then((socket) => this.choose(hello, socket));
      else this.accept(hello);
    } catch (error) {
      this.fail(error);
    }
    return this.greeted;
  }

  private accept(hello: LinkHello): void {
    this.outbox.takesParts = hello.takesParts === true;
    this.options.onHello(hello);
    this.greeted = true;
  }

  /** The dialler's: from the first frame on everything travels on one of the two, and the other side does as we do. */
  private choose(hello: LinkHello, socket: FrameSocket | undefined): void {
    if (this.down) return socket?.destroy();
    if (socket) this.carrier.move(socket);
    try {
      this.accept(hello);
      this.outbox.addControl({});
    } catch (error) {
      this.fail(error);
    }
  }

  private answer(peer: LinkHello): void {
    const { hello, expectSocket } = this.options;
    this.accept(peer);
    this.ticket = peer.takesSocket ? expectSocket?.((socket) => this.carrier.offer(socket)) : undefined;
    this.outbox.addControl({ hello: { ...hello, socketTicket: this.ticket?.text } });
    if (!this.ticket) return;
    this.outbox.flush();
    this.outbox.hold();
  }

  /** The dialler has chosen. */
  private spoken(): void {
    this.ticket?.withdraw();
    this.ticket = undefined;
    this.outbox.drained();
  }

  private ended(error: unknown, cut?: () => void): void {
    if (this.down) return;
    this.down = true;
    this.heartbeat.stop();
    this.outbox.close();
    this.ticket?.withdraw();
    // The stream beside a socket does not end by itself.
    if (this.carrier.hasSocket && this.options.dialled) this.options.cut(error);
    else cut?.();
    this.carrier.close();
    this.options.onDown(error);
  }
}
