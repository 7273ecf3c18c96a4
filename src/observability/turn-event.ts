import { RuntimeChannel } from './runtime-channel.js';

/** When a node acquired a shard; a greater generation, then a greater revision, is younger. */
export interface TurnEpoch {
  readonly generation: number;
  readonly revision: number;
}

/** What stays the same from the start of a turn to its end. */
export interface TurnFacts {
  /** Unique in the cluster. */
  readonly turnId: string;
  /** A method call, a tick of a timer, or a hook: constructor with `onActivate`, `onDeactivate`. */
  readonly kind: 'call' | 'timer' | 'activate' | 'deactivate';
  readonly objectId: string;
  readonly type: string;
  /** Wire name of the method; `onActivate`, `onDeactivate` or `timer`. */
  readonly method: string;
  /** Of the call that began it; undefined for timers. */
  readonly callId: string | undefined;
  /** Unique per activation in the cluster. */
  readonly activation: string;
  /** Advertised address. */
  readonly node: string;
  /** Under which the node held the shard when the turn began; undefined for ids bound to a node. */
  readonly epoch: TurnEpoch | undefined;
  /** What it may run beside; `nested`: called from within a turn that waits for it. */
  readonly mode: 'exclusive' | 'readOnly' | 'interleave' | 'nested';
  /** The call may run more than once: caller or method said `idempotent`. */
  readonly idempotent: boolean;
  /** Of a `deactivate`. */
  readonly reason: string | undefined;
}

/** A turn begins or has ended. Times are those of `moment()`. */
export interface TurnEvent {
  readonly phase: 'start' | 'end';
  /** A turn starts at the moment before the node looked whether it may. */
  readonly at: number;
  /** Until when the node's lease certainly lasts, or lasted, as it knew at this moment. */
  readonly leaseUntil: number;
  readonly turn: TurnFacts;
}

/** Every turn of every node in this process. */
export const turnEvents = new RuntimeChannel<TurnEvent>('goverse:turn');
