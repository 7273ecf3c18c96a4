import type { Clock, TimerHandle } from '../core/index.js';
import type { FrameDuplex } from './frame-duplex.js';
import type { FrameSocket } from './frame-socket.js';

/** How long a socket may still bring what was on its way when the stream beside it ended. */
const LAST_FRAMES_MS = 250;

export interface CarrierEvents {
  readonly frame: (bytes: Buffer) => void;
  readonly drained: () => void;
  /** Once the peer has ended it (undefined), or it broke. */
  readonly ended: (error: unknown) => void;
}

/**
 * Where the frames of one Link travel: on the gRPC stream it was dialled with, or, once both sides have agreed, on a
 * socket beside it. The stream then stays open and silent; a Link ends with either of them.
 */
export class LinkCarrier {
  /** Carries the frames. */
  private socket: FrameSocket | undefined;
  /** Welcomed, but the dialler has not spoken on it. */
  private offered: FrameSocket | undefined;
  private streamError: unknown;
  private lastFrames: TimerHandle;
  private closed = false;

  constructor(
    private readonly stream: FrameDuplex,
    private readonly clock: Clock,
    private readonly events: CarrierEvents,
  ) {
    stream.on('data', (bytes) => this.heardOnStream(bytes));
    stream.on('drain', () => {
      if (!this.socket) events.drained();
    });
    stream.on('error', (error) => this.streamEnded(error));
    for (const event of ['cancelled', 'end', 'close'] as const) stream.on(event, () => this.streamEnded(undefined));
  }

  get hasSocket(): boolean {
    return this.socket !== undefined;
  }

  get headBytes(): number {
    return this.socket?.headBytes ?? 0;
  }

  write(frame: Buffer): boolean {
    return (this.socket ?? this.stream).write(frame);
  }

  /** Ends what carries the frames in order; the other end closes the rest. */
  end(): void {
    (this.socket ?? this.stream).end();
  }

  pause(): void {
    (this.socket ?? this.stream).pause();
  }

  resume(): void {
    (this.socket ?? this.stream).resume();
  }

  /** The dialler's choice: from here on frames travel on the socket. */
  move(socket: FrameSocket): void {
    this.offered = undefined;
    this.socket = socket;
    socket.on('data', this.events.frame);
    socket.on('drain', this.events.drained);
    socket.on('error', this.socketEnded);
    for (const event of ['end', 'close']) socket.on(event, () => this.socketEnded(undefined));
  }

  /** Welcomes the dialler's socket; the dialler, who speaks first, chooses. */
  offer(socket: FrameSocket): void {
    this.offered = socket;
    socket.once('data', (bytes: Buffer) => {
      if (this.offered !== socket) return;
      this.move(socket);
      this.events.frame(bytes);
    });
    socket.write(Buffer.alloc(socket.headBytes));
  }

  /** Releases the socket; the stream is its owner's. */
  close(): void {
    this.closed = true;
    this.clock.clearTimeout(this.lastFrames);
    this.offered?.destroy();
    this.socket?.destroy();
  }

  private heardOnStream(bytes: Buffer): void {
    if (this.socket) return this.streamEnded(new Error('The peer speaks on the stream and on the socket'));
    this.offered?.destroy();
    this.offered = undefined;
    this.events.frame(bytes);
  }

  private streamEnded(error: unknown): void {
    if (this.closed) return;
    if (!this.socket) return this.events.ended(error);
    this.streamError ??= error;
    this.lastFrames ??= this.clock.setTimeout(() => this.events.ended(this.streamError), LAST_FRAMES_MS);
  }

  private readonly socketEnded = (error: unknown): void => {
    this.events.ended(this.streamError ?? error);
  };
}
