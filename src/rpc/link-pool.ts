import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import type { Clock } from '../core/index.js';
import { systemClock } from '../core/index.js';
import type { LinkTuning } from './frame-stream.js';
import { LINK_TUNING } from './frame-stream.js';
import type { LinkPeer } from './link-frames.js';
import { Link } from './link.js';
import type { PeerRoute } from './peer-route.js';
import type { RpcLogger } from './rpc-logger.js';

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
}

/** The links of this process, one per peer. */
export class LinkPool {
  private readonly links = new Map<string, Link>();
  private closed = false;

  constructor(private readonly options: LinkPoolOptions) {}

  /** The link to a peer; it dials when it is first used. */
  link(address: string): Link {
    const existing = this.links.get(address);
    if (existing && existing.state !== 'closed') return existing;
    const { clock = systemClock, tuning, ...rest } = this.options;
    const link = new Link(address, { ...rest, clock, tuning: { ...LINK_TUNING, ...tuning } });
    if (this.closed) link.close();
    else this.links.set(address, link);
    return link;
  }

  /** The peers there is a link to. */
  addresses(): string[] {
    return [...this.links.keys()];
  }

  /** Forgets a peer that left the cluster: no new calls, open ones may still be answered. */
  drop(address: string): void {
    this.links.get(address)?.retire();
    this.links.delete(address);
  }

  /** Closes every link; calls that are still open end with `OUTCOME_UNKNOWN`. Idempotent. */
  close(): Promise<void> {
    this.closed = true;
    for (const link of this.links.values()) link.close();
    this.links.clear();
    return Promise.resolve();
  }
}
