import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { Authenticator, AuthenticatorOption } from '../config/index.js';
import { GoverseError, goverseError } from '../core/index.js';

/**
 * The authenticator an option names: itself, a provider of any module of the application, or an instance made of a class
 * that is no provider. Throws `INVALID_ARGUMENT` naming it and what to do.
 */
export async function findAuthenticator(option: AuthenticatorOption, moduleRef: ModuleRef): Promise<Authenticator> {
  if (typeof option === 'object') return option;
  const name = typeof option === 'function' ? option.name : String(option);
  try {
    const found: unknown = isProvided(moduleRef, option)
      ? moduleRef.get<unknown>(option as Type<unknown>, { strict: false })
      : await create(moduleRef, option);
    if (isAuthenticator(found)) return found;
    throw unusable(name, 'it has no method authenticate');
  } catch (error) {
    throw error instanceof GoverseError ? error : unusable(name, (error as Error).message, error);
  }
}

function isProvided(moduleRef: ModuleRef, token: Exclude<AuthenticatorOption, Authenticator>): boolean {
  try {
    moduleRef.introspect(token as Type<Authenticator>);
    return true;
  } catch {
    return false;
  }
}

function create(moduleRef: ModuleRef, token: Exclude<AuthenticatorOption, Authenticator>): Promise<unknown> {
  if (typeof token === 'function') return moduleRef.create(token as unknown as Type<unknown>);
  throw new Error('there is no provider with this token');
}

function isAuthenticator(value: unknown): value is Authenticator {
  return typeof (value as Partial<Authenticator> | null | undefined)?.authenticate === 'function';
}

function unusable(name: string, why: string, cause?: unknown): GoverseError {
  return goverseError(
    'INVALID_ARGUMENT',
    `The authenticator ${name} cannot be used: ${why}; list its class in the providers of a module of the gate's application, in the default scope`,
    { cause },
  );
}
