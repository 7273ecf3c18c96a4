import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { goverseError, newSecret } from '../core/index.js';
import type { Identity } from '../config/index.js';

const NONCE_BYTES = 12;
const OWNER_BYTES = 12;
const MAC_BYTES = 32;
const ID_AT = NONCE_BYTES + OWNER_BYTES + MAC_BYTES;
/** No id is longer; a longer text is no token. */
const LONGEST_TOKEN = 1024;

/** What a valid token says. */
export interface TokenClaim {
  readonly clientId: string;
  /** The token as it was given. */
  readonly token: string;
}

/**
 * Makes and reads the tokens of clients. A token names its client and carries a MAC over client id, owner and 96 random
 * bits, so that every gate that has the cluster's key can tell whether it is genuine without asking anybody (ADR 0016).
 */
export class ClientTokens {
  /** The first one makes new tokens. Until the cluster's key is known: one that only this gate has. */
  private keys: readonly Buffer[] = [newSecret()];

  /** The key that all gates of the cluster share. Tokens made before stay valid at this gate. */
  share(key: Uint8Array): void {
    this.keys = [Buffer.from(key), ...this.keys];
  }

  issue(clientId: string, identity: Identity | undefined): string {
    const key = this.keys[0] as Buffer;
    const head = Buffer.concat([randomBytes(NONCE_BYTES), ownerOf(key, identity)]);
    const id = Buffer.from(clientId);
    return Buffer.concat([head, macOf(key, head, id), id]).toString('base64url');
  }

  /**
   * Undefined for what is no token of this cluster (any more). Throws `CLIENT_ID_NOT_YOURS` for the genuine token of
   * another identity.
   */
  read(token: string, identity: Identity | undefined): TokenClaim | undefined {
    if (token.length > LONGEST_TOKEN) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    // Only as it was made: the decoder skips what is no base64url.
    if (bytes.length <= ID_AT || bytes.toString('base64url') !== token) return undefined;
    const head = bytes.subarray(0, NONCE_BYTES + OWNER_BYTES);
    const mac = bytes.subarray(head.length, ID_AT);
    const id = bytes.subarray(ID_AT);
    const key = this.keys.find((candidate) => timingSafeEqual(macOf(candidate, head, id), mac));
    if (!key) return undefined;
    if (!timingSafeEqual(ownerOf(key, identity), head.subarray(NONCE_BYTES))) {
      throw goverseError('CLIENT_ID_NOT_YOURS', 'The token belongs to a client of somebody else; register without it');
    }
    return { clientId: id.toString(), token };
  }
}

/** The key for tokens that follows from a cluster's secret. */
export function tokenKeyOf(clusterSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', clusterSecret, '', 'goverse client tokens', 32));
}

/** Tells identities apart without telling them; that of nobody is as good as any. */
function ownerOf(key: Buffer, identity: Identity | undefined): Buffer {
  const who = identity ? `user ${identity.userId}` : 'anonymous';
  return createHmac('sha256', key).update(who).digest().subarray(0, OWNER_BYTES);
}

function macOf(key: Buffer, head: Buffer, id: Buffer): Buffer {
  return createHmac('sha256', key).update(head).update(id).digest();
}
