import type { ParkedClient, ParkedPush } from '../rpc/index.js';

/** Bytes of histories in one request: far less than a node takes in one message. */
const REQUEST_BYTES = 256 * 1024;

/** Bytes of one client: a gate has to be able to take them in one answer, with what nodes keep for the client. */
const CLIENT_BYTES = 12 * 1024 * 1024;

/** What a client and a push cost beside their messages. */
const CLIENT_OVERHEAD_BYTES = 1024;
const PUSH_OVERHEAD_BYTES = 32;

/** Clients that go to one node. */
export interface ParkBatch {
  readonly clients: ParkedClient[];
  /** What is sent, one after the other. */
  readonly requests: ParkedClient[][];
}

/** Divides clients into requests of a size that nodes take; one with much to it is sent in several. */
export function parkRequests(clients: readonly ParkedClient[]): { batches: ParkBatch[]; tooLong: ParkedClient[] } {
  const batches: ParkBatch[] = [];
  const tooLong: ParkedClient[] = [];
  let open: ParkedClient[] = [];
  let room = 0;
  for (const client of clients) {
    const size = client.pushes.reduce((sum, push) => sum + sizeOf(push), CLIENT_OVERHEAD_BYTES);
    if (size > CLIENT_BYTES) tooLong.push(client);
    else if (size > REQUEST_BYTES) batches.push({ clients: [client], requests: inParts(client) });
    else {
      if (size > room) {
        open = [];
        batches.push({ clients: open, requests: [open] });
        room = REQUEST_BYTES;
      }
      open.push(client);
      room -= size;
    }
  }
  return { batches, tooLong };
}

function inParts(client: ParkedClient): ParkedClient[][] {
  const parts: ParkedPush[][] = [[]];
  let room = REQUEST_BYTES;
  for (const push of client.pushes) {
    if (room < sizeOf(push)) {
      parts.push([]);
      room = REQUEST_BYTES;
    }
    (parts.at(-1) as ParkedPush[]).push(push);
    room -= sizeOf(push);
  }
  return parts.map((pushes, part) => [{ ...client, pushes, part, more: part < parts.length - 1 }]);
}

function sizeOf({ message }: ParkedPush): number {
  return message.length + PUSH_OVERHEAD_BYTES;
}
