import type { Socket } from 'node:net';
import type { ChannelOptions } from '@grpc/grpc-js';

/** How this process reaches a peer when something stands between them. */
export interface PeerRouteStep {
  /** `host:port` that is dialled. */
  readonly dial: string;
  readonly channelOptions: ChannelOptions;
  /** Opens a plain connection to the peer on the same way. Absent: there is none. */
  readonly connect?: () => Promise<Socket>;
}

/** Finds the way to an advertised address. The testing kit's, to break it; without one peers are dialled themselves. */
export type PeerRoute = (address: string) => PeerRouteStep;

/** Optional provider of a `PeerRoute`. */
export const PEER_ROUTE = Symbol('goverse:peer-route');
