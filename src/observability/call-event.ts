import { RuntimeChannel } from './runtime-channel.js';

/** A call has ended for whoever made it: a client's gate, or code on a node or gate. */
export interface CallEvent {
  readonly callId: string;
  readonly verb: 'call' | 'create' | 'delete';
  readonly objectId: string;
  readonly method: string;
  /** A gate made it for a client. */
  readonly isFromClient: boolean;
  /** `refused`: failed with the word that nothing was executed. */
  readonly outcome: 'answered' | 'refused' | 'failed';
  /** Of the error. */
  readonly reason: string | undefined;
}

/** Every call that this process routes. */
export const callEvents = new RuntimeChannel<CallEvent>('goverse:call');
