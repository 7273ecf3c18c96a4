import { channel } from 'node:diagnostics_channel';

/** A request or a connection that a gate refused because of a limit. */
export interface Refusal {
  /** The setting that says no: `callsPerSecondPerIp`, `maxHeaderBytes`, ... */
  readonly limit: string;
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
