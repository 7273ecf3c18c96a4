import { readFileSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { Authenticator, Credentials, Identity, JwtConfig, JwtOptions } from '../config/index.js';
import { HMAC_ALGORITHMS, PUBLIC_KEY_ALGORITHMS, resolveGateConfig, settingsError } from '../config/index.js';
import { goverseError } from '../core/index.js';

/** Longest wait for the keys of the issuer. */
const KEYS_TIMEOUT_MS = 5_000;

const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;

type Key = Uint8Array | JWTVerifyGetKey;

/**
 * Knows clients by the JSON Web Token they send as `Authorization: Bearer ...`. Configured by the option `jwt` of a gate,
 * or made in code where more is wanted around it.
 */
export class JwtAuthenticator implements Authenticator {
  private readonly logger = new Logger(JwtAuthenticator.name);
  private readonly config: JwtConfig;
  private readonly key: Key;
  private readonly rules: JWTVerifyOptions;

  /** Throws `INVALID_ARGUMENT` for options that are not usable. */
  constructor(options: JwtOptions) {
    // The checks and defaults of the option `jwt`, also for those who make one themselves.
    const { jwt } = resolveGateConfig({ jwt: options });
    if (!jwt) throw settingsError(['jwt needs one of jwt.secret, jwt.jwksUrl, jwt.jwks']);
    this.config = jwt;
    const { secret, issuer, audience, algorithms, clockToleranceSeconds } = jwt;
    this.key = keyOf(jwt);
    this.rules = {
      algorithms: [...(algorithms ?? (secret === undefined ? PUBLIC_KEY_ALGORITHMS : HMAC_ALGORITHMS))],
      clockTolerance: clockToleranceSeconds,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    };
  }

  /** `null`: no token, or one that does not count. Rejects `UNAUTHENTICATED` for an old one, `NOT_READY` without keys. */
  async authenticate({ authorization }: Credentials): Promise<Identity | null> {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) return null;
    try {
      return this.identityIn(await this.verified(token));
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw goverseError('UNAUTHENTICATED', 'The token has expired; get a new one', { cause: error });
      }
      if (isOfToken(error)) return null;
      this.logger.warn(`The keys of the tokens cannot be had: ${(error as Error).message}`);
      throw goverseError('NOT_READY', 'The keys of the tokens cannot be had at the moment', { cause: error });
    }
  }

  private async verified(token: string): Promise<JWTPayload> {
    const { key } = this;
    const { payload } = await (typeof key === 'function'
      ? jwtVerify(token, key, this.rules)
      : jwtVerify(token, key, this.rules));
    return payload;
  }

  private identityIn(payload: JWTPayload): Identity | null {
    const userId = claim(payload, this.config.userIdClaim);
    if (typeof userId !== 'string' || userId === '') return null;
    return { userId, roles: rolesIn(claim(payload, this.config.rolesClaim)) };
  }
}

function keyOf({ secret, jwksUrl, jwks }: JwtConfig): Key {
  if (secret !== undefined) return new TextEncoder().encode(secret);
  if (jwksUrl !== undefined) return createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: KEYS_TIMEOUT_MS });
  try {
    const keys: unknown = typeof jwks === 'string' ? JSON.parse(readFileSync(jwks, 'utf8')) : jwks;
    return createLocalJWKSet(keys as JSONWebKeySet);
  } catch (error) {
    throw settingsError([`jwt.jwks is no JSON Web Key Set: ${(error as Error).message}`]);
  }
}

/** The name as it is, which may be a URL; else its parts as a path into objects. */
function claim(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  return name.split('.').reduce<unknown>((value, part) => {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, part)
      ? (value as Record<string, unknown>)[part]
      : undefined;
  }, payload);
}

function rolesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter((role) => role !== '');
  return Array.isArray(value) ? value.filter((role): role is string => typeof role === 'string') : [];
}

/** What jose says of a token, as opposed to what goes wrong with the keys of the issuer. */
function isOfToken(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return !(
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === 'ERR_JOSE_GENERIC'
  );
}
