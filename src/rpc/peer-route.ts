import type { ChannelOptions } from '@grpc/grpc-js';

/** How this process reaches a peer when something stands between them. */
export interface PeerRouteStep {
  /** `host:port` that is dialled. */
  readonly dial: string;
  readonly channelOptions: ChannelOptions;
}

/** Finds the way to an advertised address. The testing kit's, to break it; without one peers are dialled themselves. */
export type PeerRoute = (address: string) => PeerRouteStep;

/** Optional provider of a `PeerRoute`. */
export const PEER_ROUTE = Symbol('goverse:peer-route');
