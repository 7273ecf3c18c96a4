import { ResponderBuilder, ServerInterceptingCall, ServerListenerBuilder } from '@grpc/grpc-js';
import type { ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js';
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

  readonly interceptor: ServerInterceptor = (method, call) => {
    if (method.requestStream) return new ServerInterceptingCall(call);
    const arrived = () => this.arriving.delete(call);
    const listener = new ServerListenerBuilder()
      .withOnReceiveHalfClose((next) => {
        arrived();
        next();
      })
      .withOnCancel(arrived)
      .build();
    this.arriving.set(call, this.clock.monotonic());
    this.timer ??= this.clock.setTimeout(() => this.sweep(), SWEEP_MS);
    return new ServerInterceptingCall(call, new ResponderBuilder().withStart((next) => next(listener)).build());
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
