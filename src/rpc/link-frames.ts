import type { CallResult, GoverseError, ObjectCall } from '../core/index.js';

/** Version of the Link protocol that this code speaks. A peer of any later version understands it. */
export const LINK_PROTOCOL = 1;

export type LinkRole = 'node' | 'gate';

/** The process on the other side of a Link. */
export interface LinkPeer {
  /** Advertised address. */
  readonly address: string;
  /** Unique per start of the process. */
  readonly startId: string;
  readonly role: LinkRole;
}

/** The first frame of each direction. */
export interface LinkHello extends LinkPeer {
  readonly protocol: number;
  /** Larger payloads must not be sent to this peer; 0 = it did not say. */
  readonly maxPayloadBytes: number;
  /** `<Type>.<Method>` of the methods of this process that may run again when the outcome of a call is unknown. */
  readonly idempotentMethods: readonly string[];
  /** Of the side that dials: it would move to a socket (`LinkSockets`). */
  readonly takesSocket?: boolean | undefined;
  /** The answer: what opens one. From here on the side that was dialled is silent until the other has spoken. */
  readonly socketTicket?: string | undefined;
  /** It puts parts together. */
  readonly takesParts?: boolean | undefined;
}

/** Which state of the cluster a caller or a refusing node looked at. */
export interface ViewStamp {
  readonly store: string;
  readonly revision: number;
}

export interface CallFrame {
  /** Chosen by the caller, unique among its open calls on this Link. */
  readonly seq: number;
  readonly call: ObjectCall;
  readonly view?: ViewStamp | undefined;
}

/** A call that arrived but cannot be read; it is answered with the error. */
export interface UnreadableCall {
  readonly seq: number;
  readonly error: GoverseError;
}

export type ReceivedCall = CallFrame | UnreadableCall;

export type ResultFrame =
  { readonly seq: number; readonly result: CallResult } | { readonly seq: number; readonly error: GoverseError };

/** A client that did not get a push, and why (a reason of the error table). */
export interface PushFailure {
  readonly clientId: string;
  readonly reason: string;
}

/** What a gate tells the node about one envelope. */
export interface EnvelopeReport {
  /** Of the envelope; never 0. */
  readonly pushId: number;
  /** Clients in whose queue the gate has put the message. */
  readonly delivered: number;
  readonly failed: readonly PushFailure[];
  /** A long report comes in parts, to be added up; the last one has this unset. */
  readonly more?: boolean | undefined;
}

/** A part of a call (from the side that dialled) or of a result (from the other) that is too long for a frame. */
export interface LinkPart {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

/** One write of a Link: everything that waited when the event-loop turn ended. */
export interface LinkFrame {
  readonly hello?: LinkHello | undefined;
  readonly ping?: number | undefined;
  readonly pong?: number | undefined;
  /** No new calls, please; what runs is finished. Answered in kind by a caller that has stopped. */
  readonly goingAway?: boolean | undefined;
  readonly calls: readonly ReceivedCall[];
  readonly results: readonly ResultFrame[];
  readonly cancels: readonly number[];
  readonly pushReports: readonly EnvelopeReport[];
  /** Comes after the calls and results of its frame. */
  readonly part?: LinkPart | undefined;
}
