/** Versions of the protocol between processes that one of them understands. */
export interface ProtocolRange {
  /** The newest, which it speaks. */
  readonly protocol: number;
  /** The oldest it still works together with. */
  readonly oldestProtocol: number;
}

/**
 * What this code speaks. What merely adds (new fields, keys and messages, which others skip) keeps the number; what others
 * would misunderstand takes the next one, and `oldestProtocol` follows when the ones before are not understood any more.
 */
export const PROTOCOL: ProtocolRange = { protocol: 1, oldestProtocol: 1 };

/** Both understand each other. */
export function understand(one: ProtocolRange, other: ProtocolRange): boolean {
  return one.protocol >= other.oldestProtocol && other.protocol >= one.oldestProtocol;
}
