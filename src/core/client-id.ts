import { goverseError } from './errors.js';
import { isNodeAddress } from './object-id.js';

/** What a client id says: which gate holds the client, and its name there. */
export interface ParsedClientId {
  /** Advertised address of the gate. */
  readonly gateAddress: string;
  readonly uniqueId: string;
}

const UNIQUE = /^[A-Za-z0-9_-]{1,64}$/;
const SHOWN = 80;

/**
 * Reads `<gate advertise address>/<unique>`, split at the first `/`. Throws `INVALID_CLIENT_ID`. Source: docs/wire.md.
 * @param known an address that is one: of many ids most name the same gate
 */
export function parseClientId(clientId: string, known?: string): ParsedClientId {
  if (typeof clientId !== 'string') throw invalid(String(clientId), 'it is not a string');
  const slash = clientId.indexOf('/');
  if (slash < 0) throw invalid(clientId, 'it has no slash');
  const gateAddress = clientId.slice(0, slash);
  const uniqueId = clientId.slice(slash + 1);
  if (gateAddress !== known && !isNodeAddress(gateAddress))
    throw invalid(clientId, 'the part before the slash is no host:port');
  if (!UNIQUE.test(uniqueId)) throw invalid(clientId, 'the part after the slash must be 1 to 64 of [A-Za-z0-9_-]');
  return { gateAddress, uniqueId };
}

/** The id of the client that a gate knows as `uniqueId`. */
export function clientIdOf(gateAddress: string, uniqueId: string): string {
  return `${gateAddress}/${uniqueId}`;
}

function invalid(clientId: string, why: string) {
  const shown = clientId.length > SHOWN ? `${clientId.slice(0, SHOWN)}...` : clientId;
  return goverseError(
    'INVALID_CLIENT_ID',
    `${JSON.stringify(shown)} is no client id: ${why}; use the id the client got when it registered (gateAddress/uniqueId)`,
  );
}
