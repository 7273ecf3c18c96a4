import { channel } from 'node:diagnostics_channel';

/** What a gate did with a push because its client reads too slowly. */
export interface SlowClientEvent {
  readonly clientId: string;
  /** `refused`: its sender got `QUEUE_FULL`; `dropped` and `conflated`: an older push was given up for it; `disconnected`: the client was cut off. */
  readonly action: 'refused' | 'dropped' | 'conflated' | 'disconnected';
}

/** The diagnostics channel `goverse:slow-client`: one `SlowClientEvent` for every such push. */
export const slowClientChannel = channel('goverse:slow-client');
