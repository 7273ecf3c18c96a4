/** What a gate says about itself when it registers with a node. */
export interface GateIntroduction {
  /** Advertised address. */
  readonly address: string;
  /** What the unique part of the ids of its clients begins with; of this start of the gate. Empty: it does not say. */
  readonly tag: string;
  /** How long its clients may come back when it has gone, milliseconds. */
  readonly windowMs: number;
  /** Clients with ids of other gates that are at this one. */
  readonly adopted: readonly string[];
}

/** A push on its way from a gate that goes to one where its client comes back. */
export interface ParkedPush {
  /** Its number, if it has been written to the client; else 0: its number follows that of the one before. */
  readonly seq: number;
  /** Epoch milliseconds at the node that kept it; 0 if a gate did. */
  readonly at: number;
  /** A serialised `google.protobuf.Any`. */
  readonly message: Uint8Array;
}

/** What a gate that goes leaves of one client. */
export interface ParkedClient {
  readonly clientId: string;
  readonly token: string;
  /** Number of the last push that was written to it. */
  readonly lastSeq: number;
  /** How long it may still come back, milliseconds. */
  readonly windowMs: number;
  /** Those that were written and may not have arrived, then those that waited. */
  readonly pushes: readonly ParkedPush[];
  /** A client with many pushes is left in parts, from 0, in order. */
  readonly part: number;
  /** Another part follows. */
  readonly more: boolean;
}

/**
 * What a node knows of a client that came to another gate.
 * - `record`: its gate left what it had
 * - `lost`: its gate has gone and the client may come back
 * - `held`: its gate is alive; nothing has been changed
 * - `leaving`: its gate is about to leave what it has; nothing has been changed, ask again
 * - `unknown`
 */
export type AdoptState = 'unknown' | 'record' | 'lost' | 'held' | 'leaving';

export interface AdoptAnswer {
  readonly state: AdoptState;
  readonly client?: ParkedClient | undefined;
  /** What this node kept for it meanwhile, oldest first. */
  readonly pushes: readonly ParkedPush[];
}
