import { GoverseError, goverseError } from '../core/errors.js';
import { clientClock } from './client-clock.js';
import type { ClientSettings } from './client-options.js';
import type { ClientRequest, GetResumePoint, OpenTransport, StreamListener, Transport } from './transport.js';

/** How a stay ended. */
export interface StayEnd {
  readonly error: GoverseError;
  /** Milliseconds for which the gate had this client; 0 if it never registered it. */
  readonly livedMs: number;
}

/** One attempt to be registered with a gate, and if it succeeds the time until the stream ends. */
export class GateStay {
  private readonly leaving = new AbortController();
  private transport: Transport | undefined;
  private registeredAt: number | undefined;
  private openRequests = 0;
  private retired = false;

  constructor(
    readonly gate: URL,
    private readonly settings: ClientSettings,
    private readonly openTransport: OpenTransport,
  ) {}

  /** Resolves when it is over, whatever ended it. */
  async run(resume: GetResumePoint, listener: StreamListener): Promise<StayEnd> {
    const { attemptTimeoutMs } = this.settings;
    const timer = clientClock.setTimeout(() => this.end(this.tooLate()), attemptTimeoutMs);
    const registered: StreamListener['registered'] = (registration) => {
      clientClock.clearTimeout(timer);
      this.registeredAt = clientClock.monotonic();
      listener.registered(registration);
    };
    const own: StreamListener = {
      registered,
      pushed: (push, seq) => listener.pushed(push, seq),
      goingAway: (afterMs) => listener.goingAway(afterMs),
    };
    try {
      this.transport = await this.openTransport(this.gate, this.settings);
      return { error: await this.transport.stay(resume, own, this.leaving.signal), livedMs: this.livedMs() };
    } catch (error) {
      return { error: GoverseError.from(error), livedMs: this.livedMs() };
    } finally {
      clientClock.clearTimeout(timer);
    }
  }

  /** One request over this gate; only once it has registered the client. */
  async execute(request: ClientRequest, signal: AbortSignal): Promise<unknown> {
    this.openRequests++;
    try {
      return await this.transport!.execute(request, signal);
    } finally {
      this.openRequests--;
      if (this.retired) this.endWhenIdle();
    }
  }

  /** There is a better gate: ends when the requests that run are answered. */
  retire(): void {
    this.retired = true;
    this.endWhenIdle();
  }

  end(reason: GoverseError): void {
    this.leaving.abort(reason);
  }

  private endWhenIdle(): void {
    if (this.openRequests === 0) this.end(goverseError('CANCELLED', `This client has left ${this.gate.href}`));
  }

  private livedMs(): number {
    return this.registeredAt === undefined ? 0 : clientClock.monotonic() - this.registeredAt;
  }

  private tooLate(): GoverseError {
    const within = `within ${this.settings.attemptTimeoutMs} ms`;
    return goverseError('NOT_READY', `The gate ${this.gate.href} did not register this client ${within}`);
  }
}
