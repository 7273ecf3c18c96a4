/**
 * How a gate checks JSON Web Tokens (RFC 7519) that clients send as `Authorization: Bearer ...`. One of `secret`,
 * `jwksUrl` and `jwks` is needed.
 */
export interface JwtOptions {
  /** Shared secret of issuer and gate, for HS256, HS384 and HS512; at least 32 bytes. */
  secret?: string;
  /** Where the issuer publishes its keys (RFC 7517), `https://`, or `http://` on loopback. Fetched when needed, and kept. */
  jwksUrl?: string;
  /** The keys themselves, or a file with them. */
  jwks?: JsonWebKeys | string;
  /** Who must have issued a token (`iss`). Default: anybody who has the key. */
  issuer?: string;
  /** Whom a token must be for (`aud`). Default: it is not looked at. */
  audience?: string;
  /** Algorithms that count, never `none`. Default: with a secret HS256, HS384 and HS512, else RS, PS, ES and EdDSA. */
  algorithms?: readonly string[];
  /** By how much the clocks of issuer and gate may differ. Default: 5. */
  clockToleranceSeconds?: number;
  /** Claim with the user id. Default: `sub`. */
  userIdClaim?: string;
  /** Claim with the roles, a list or a text with spaces; dots lead into objects (`realm_access.roles`). Default: `roles`. */
  rolesClaim?: string;
}

/** A JSON Web Key Set. */
export interface JsonWebKeys {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** `JwtOptions` with their defaults. */
export type JwtConfig = Readonly<
  Required<Pick<JwtOptions, 'clockToleranceSeconds' | 'userIdClaim' | 'rolesClaim'>> & {
    [Name in Exclude<keyof JwtOptions, 'clockToleranceSeconds' | 'userIdClaim' | 'rolesClaim'>]?:
      JwtOptions[Name] | undefined;
  }
>;

export const HMAC_ALGORITHMS: readonly string[] = ['HS256', 'HS384', 'HS512'];
export const PUBLIC_KEY_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
