import type {
  Metadata,
  ServerInterceptingCall,
  ServerInterceptingCallInterface,
  ServerInterceptor,
} from '@grpc/grpc-js';
import type { Clock, TimerHandle } from '../../core/index.js';
import { goverseError } from '../../core/index.js';
import { tellRefusal } from '../../observability/index.js';
import { grpcStatusOf } from '../../rpc/index.js';

/** How often requests that are on their way are looked at. */
const SWEEP_MS = 1_000;

/**
 * Ends requests whose one message does not arrive whole in time. grpc-js itself waits for ever, and with it everything a
 * half-sent request holds. Calls whose client streams are left alone.
 */
export class GrpcRequestTimeout {
  /** By the time they began, the oldest first. */
  private readonly arriving = new Map<ServerInterceptingCallInterface, number>();
  private timer: TimerHandle;

  constructor(
    private readonly timeoutMs: number,
    private readonly clock: Clock,
  ) {}

  /** Hears what a call hears; to put another call around each, as grpc-js means it, would cost every unary call dearly. */
  readonly interceptor: ServerInterceptor = (method, call) => {
    // A chain takes calls of any make; its types know one.
    if (method.requestStream) return call as ServerInterceptingCall;
    const arrived = () => this.arriving.delete(call);
    this.arriving.set(call, this.clock.monotonic());
    this.timer ??= this.clock.setTimeout(() => this.sweep(), SWEEP_MS);
    const start = call.start.bind(call);
    call.start = (listener) => start(new ArrivalListener(listener, arrived));
    return call as ServerInterceptingCall;
  };

  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.arriving.clear();
  }

  private sweep(): void {
    this.timer = undefined;
    const late = this.clock.monotonic() - this.timeoutMs;
    for (const [call, began] of this.arriving) {
      if (began > late) break;
      this.arriving.delete(call);
      tellRefusal({ limit: 'requestTimeoutMs', protocol: 'grpc', peer: call.getPeer() });
      const error = goverseError(
        'DEADLINE_EXCEEDED',
        `The request was not whole after ${this.timeoutMs} ms (requestTimeoutMs)`,
      );
      call.sendStatus(grpcStatusOf(error));
    }
    if (this.arriving.size > 0) this.timer = this.clock.setTimeout(() => this.sweep(), SWEEP_MS);
  }
}

type CallListener = Parameters<ServerInterceptingCallInterface['start']>[0];

/** Hands on what a call hears, and tells when its request is whole or nobody waits for it any more. */
class ArrivalListener implements CallListener {
  constructor(
    private readonly listener: CallListener,
    private readonly arrived: () => void,
  ) {}

  onReceiveMetadata(metadata: Metadata): void {
    this.listener.onReceiveMetadata(metadata);
  }

  onReceiveMessage(message: unknown): void {
    this.listener.onReceiveMessage(message);
  }

  onReceiveHalfClose(): void {
    this.arrived();
    this.listener.onReceiveHalfClose();
  }

  onCancel(): void {
    this.arrived();
    this.listener.onCancel();
  }
}
