import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../core/index.js';
import { goverseError, systemClock } from '../core/index.js';
import { assertClusterSecret } from './cluster-secret.js';
import type { LinkTuning } from './frame-stream.js';
import { LINK_TUNING } from './frame-stream.js';
import { grpcStatusOf } from './grpc-errors.js';
import type { LinkPeer } from './link-frames.js';
import { LINK_PROTOCOL } from './link-frames.js';
import type { LinkSockets } from './link-sockets.js';
import { ServedLink } from './served-link.js';
import type { LinkHandler } from './served-link.js';

export interface LinkServerOptions {
  /** This process, as it introduces itself. */
  readonly self: LinkPeer;
  /** The cluster's shared secret, if it has one; a caller without it learns nothing. */
  readonly secret?: string | undefined;
  readonly maxPayloadBytes: number;
  readonly handler: LinkHandler;
  /** `<Type>.<Method>` of the methods that declare `idempotent`. Default: none. */
  readonly idempotentMethods?: readonly string[] | undefined;
  readonly clock?: Clock | undefined;
  /** Default: `LINK_TUNING`. */
  readonly tuning?: Partial<LinkTuning> | undefined;
  /** Where sockets for Links come in. Default: frames stay on their gRPC streams. */
  readonly sockets?: LinkSockets | undefined;
}

/** Takes the links that other processes dial. `serve` is the handler of the rpc `Link` (`goverseService`). */
export class LinkServer {
  private readonly links = new Set<ServedLink>();
  private readonly clock: Clock;
  private readonly tuning: LinkTuning;
  private draining = false;
  private allGone: (() => void) | undefined;

  constructor(private readonly options: LinkServerOptions) {
    this.clock = options.clock ?? systemClock;
    this.tuning = { ...LINK_TUNING, ...options.tuning };
  }

  /** Links that are open. */
  get size(): number {
    return this.links.size;
  }

  readonly serve = (duplex: ServerDuplexStream<Buffer, Buffer>): void => {
    try {
      assertClusterSecret(duplex.metadata, this.options.secret);
      if (this.draining) throw goverseError('NOT_READY', `${this.options.self.address} is going away`);
    } catch (error) {
      duplex.emit('error', grpcStatusOf(error));
      return;
    }
    this.take(duplex);
  };

  /**
   * Asks every peer for no more calls, waits until all their calls are answered and their streams have ended, at most
   * `deadlineMs`, then cuts the rest. Idempotent.
   */
  async close(deadlineMs: number): Promise<void> {
    this.draining = true;
    if (this.links.size === 0) return;
    for (const link of this.links) link.drain();
    await new Promise<void>((resolve) => {
      const timer = this.clock.setTimeout(() => this.cutAll(), deadlineMs);
      this.allGone = () => {
        this.clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  private take(duplex: ServerDuplexStream<Buffer, Buffer>): void {
    const { self, maxPayloadBytes, handler, idempotentMethods = [], sockets } = this.options;
    const link: ServedLink = new ServedLink({
      duplex,
      cut: (error) => duplex.emit('error', grpcStatusOf(error)),
      hello: { ...self, protocol: LINK_PROTOCOL, maxPayloadBytes, idempotentMethods, takesParts: true },
      handler,
      clock: this.clock,
      tuning: this.tuning,
      onDown: () => this.forget(link),
      expectSocket: sockets && ((arrived) => sockets.expect(arrived)),
    });
    this.links.add(link);
  }

  private cutAll(): void {
    const error = goverseError('NOT_READY', `${this.options.self.address} has left`);
    for (const link of [...this.links]) link.fail(error);
  }

  private forget(link: ServedLink): void {
    this.links.delete(link);
    if (this.links.size === 0) this.allGone?.();
  }
}
