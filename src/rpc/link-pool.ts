import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import type { Clock, TimerHandle } from '../core/index.js';
import { goverseError, systemClock } from '../core/index.js';
import type { LinkTuning } from './frame-stream.js';
import { LINK_TUNING } from './frame-stream.js';
import type { LinkPeer } from './link-frames.js';
import { Link } from './link.js';
import type { PeerRoute } from './peer-route.js';
import type { RpcLogger } from './rpc-logger.js';

/**
 * How long a process that vanished from the cluster may still answer: enough for one that lost its lease to say so. A
 * planned leave needs none of it, since its registration goes after its answers.
 * It is waited in steps: when this process itself stood still, it reads what has arrived before the next one.
 */
const PARTING = { steps: 5, stepMs: 50 };

export interface LinkPoolOptions {
  /** This process, as it introduces itself. */
  readonly self: LinkPeer;
  /** The cluster's shared secret, if it has one. */
  readonly secret?: string | undefined;
  readonly maxPayloadBytes: number;
  readonly clock?: Clock | undefined;
  readonly logger?: RpcLogger | undefined;
  /** Default: no TLS. */
  readonly credentials?: ChannelCredentials | undefined;
  readonly channelOptions?: ChannelOptions | undefined;
  /** Default: peers are dialled themselves. */
  readonly route?: PeerRoute | undefined;
  /** Default: `LINK_TUNING`. */
  readonly tuning?: Partial<LinkTuning> | undefined;
  /** As in `LinkOptions`. */
  readonly sockets?: boolean | undefined;
}

/** The links of this process, one per peer. */
export class LinkPool {
  private readonly links = new Map<string, Link>();
  /** Links to peers that left, until their open calls have ended or their time is up. */
  private readonly parting = new Map<Link, TimerHandle>();
  private closed = false;

  constructor(private readonly options: LinkPoolOptions) {}

  /** The link to a peer; it dials when it is first used. Throws `NOT_READY` when the pool is closed. */
  link(address: string): Link {
    if (this.closed)
      throw goverseError('NOT_READY', `This process has left the cluster; nothing was sent to ${address}`, {
        retryable: false,
      });
    const existing = this.links.get(address);
    if (existing && existing.state !== 'closed') return existing;
    const { clock = systemClock, tuning, ...rest } = this.options;
    const link = new Link(address, { ...rest, clock, tuning: { ...LINK_TUNING, ...tuning } });
    this.links.set(address, link);
    return link;
  }

  /** Calls without a result yet. */
  get openCalls(): number {
    return [...this.links.values()].reduce((sum, { openCalls }) => sum + openCalls, 0);
  }

  /** The peers there is a link to. */
  addresses(): string[] {
    return [...this.links.keys()];
  }

  /**
   * Forgets a peer that left the cluster: no new calls, and open ones have a moment to be answered. Then they end with
   * `OUTCOME_UNKNOWN`: a process that died or sleeps would keep them waiting until its heartbeats are missed.
   */
  drop(address: string): void {
    const link = this.links.get(address);
    this.links.delete(address);
    link?.retire();
    if (link === undefined || link.state === 'closed') return;
    this.part(link, PARTING.steps);
  }

  /** Closes every link; calls that are still open end with `OUTCOME_UNKNOWN`. Idempotent. */
  close(): Promise<void> {
    const { clock = systemClock } = this.options;
    this.closed = true;
    for (const timer of this.parting.values()) clock.clearTimeout(timer);
    for (const link of [...this.links.values(), ...this.parting.keys()]) link.close();
    this.links.clear();
    this.parting.clear();
    return Promise.resolve();
  }

  private part(link: Link, steps: number): void {
    const { clock = systemClock } = this.options;
    if (link.state !== 'closed' && steps > 0) {
      this.parting.set(
        link,
        clock.setTimeout(() => this.part(link, steps - 1), PARTING.stepMs),
      );
      return;
    }
    this.parting.delete(link);
    link.close(goverseError('NOT_READY', 'the process left the cluster'));
  }
}
