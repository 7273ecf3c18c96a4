import { uniqueId } from '../core/index.js';

/** How a connection begins that carries the frames of a Link; one of HTTP/2 begins with `PRI`. */
const BEGIN = Buffer.from('goverse-link/1 ', 'latin1');
const END = '\r\n';
const TICKET_CHARS = 20;

/** Bytes that stand before the first frame. */
export const PREFACE_BYTES = BEGIN.length + TICKET_CHARS + END.length;

/** What proves that a connection belongs to a Link; told over the Link's own, authenticated stream, and good once. */
export function newTicket(): string {
  return uniqueId();
}

export function preface(ticket: string): Buffer {
  return Buffer.concat([BEGIN, Buffer.from(ticket + END, 'latin1')]);
}

/** True if these first bytes of a connection are those of a preface, as far as they go. */
export function beginsLikePreface(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, BEGIN.length);
  return bytes.subarray(0, length).equals(BEGIN.subarray(0, length));
}

/** The ticket in a whole preface. */
export function ticketIn(bytes: Buffer): string {
  return bytes.toString('latin1', BEGIN.length, BEGIN.length + TICKET_CHARS);
}
