import { GoverseError, goverseError, parseClientId } from '../core/index.js';

/**
 * Characters of ids in one envelope. Practically every push is one envelope per gate; only beyond some 200 000 clients
 * it is cut, to stay below what a gate receives in one message.
 */
const BATCH_CHARS = 8 * 1024 * 1024;
const NAMED_IN_ERROR = 10;

/** The clients of one gate that one envelope goes to. */
export interface ClientBatch {
  readonly gateAddress: string;
  readonly clientIds: string[];
}

/**
 * Sorts client ids by gate (`homeOf`: where a client is that is not at the gate of its id), each once, in the order they
 * were given. Throws `INVALID_CLIENT_ID` naming those that are none.
 */
export function batchesByGate(
  clientIds: Iterable<string>,
  homeOf: (clientId: string, gateAddress: string) => string = (_, gateAddress) => gateAddress,
): ClientBatch[] {
  const batches: ClientBatch[] = [];
  const open = new Map<string, { batch: ClientBatch; room: number }>();
  for (const [clientId, named] of gatesOf(clientIds)) {
    const gateAddress = homeOf(clientId, named);
    let place = open.get(gateAddress);
    if (!place || place.room < clientId.length) {
      place = { batch: { gateAddress, clientIds: [] }, room: BATCH_CHARS };
      open.set(gateAddress, place);
      batches.push(place.batch);
    }
    place.batch.clientIds.push(clientId);
    place.room -= clientId.length;
  }
  return batches;
}

function gatesOf(clientIds: Iterable<string>): Map<string, string> {
  const gates = new Map<string, string>();
  const invalid: string[] = [];
  let first: GoverseError | undefined;
  let last: string | undefined;
  for (const clientId of clientIds) {
    try {
      last = parseClientId(clientId, last).gateAddress;
      gates.set(clientId, last);
    } catch (error) {
      first ??= GoverseError.from(error);
      if (invalid.length < NAMED_IN_ERROR) invalid.push(String(clientId).slice(0, 80));
    }
  }
  if (first)
    throw goverseError('INVALID_CLIENT_ID', `Nothing was pushed. ${first.message}`, {
      details: { clientIds: invalid },
    });
  return gates;
}
