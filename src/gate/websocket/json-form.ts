/** How frames are written as JSON: as protocol buffers has it, or with JSON values in the place of bytes (wire.md). */
export type JsonForm = 'proto3' | 'plain';

const FORM_OF: Readonly<Record<string, JsonForm>> = { 'goverse.proto3-json': 'proto3', 'goverse.json': 'plain' };

/** The form a subprotocol stands for; without one it is that of protocol buffers. */
export function jsonFormOf(subprotocol: string): JsonForm {
  return FORM_OF[subprotocol] ?? 'proto3';
}

/** The first subprotocol of those a client offers that the gate speaks; false if it speaks none. */
export function chooseSubprotocol(offered: Iterable<string>): string | false {
  for (const name of offered) if (Object.hasOwn(FORM_OF, name)) return name;
  return false;
}
