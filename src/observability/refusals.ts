import { channel } from 'node:diagnostics_channel';

/** The settings of a gate that say no to requests and connections. */
export const REFUSAL_LIMITS = [
  'maxPayloadBytes',
  'maxHeaderBytes',
  'requestTimeoutMs',
  'idleTimeoutMs',
  'maxCallsPerClient',
  'callsPerSecondPerClient',
  'callsPerSecondPerIp',
  'maxConnectionsPerIp',
] as const;

export type RefusalLimit = (typeof REFUSAL_LIMITS)[number];

/** A request or a connection that a gate refused because of a limit. */
export interface Refusal {
  /** The setting that says no; `requestTimeoutMs` also for `headerTimeoutMs`. */
  readonly limit: RefusalLimit;
  readonly protocol: string;
  /** `ip:port` of the other side, as far as it is known. */
  readonly peer: string;
}

/** Where refusals are told; subscribe with `node:diagnostics_channel`. */
export const REFUSALS = 'goverse:gate:refused';

const refusals = channel(REFUSALS);

/** Costs nothing while nobody listens. */
export function tellRefusal(refusal: Refusal): void {
  if (refusals.hasSubscribers) refusals.publish(refusal);
}
