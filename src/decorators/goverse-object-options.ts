import type { AccessDeclaration } from './access-declaration.js';

/**
 * Whether a call that comes back to an object that waits for it may run.
 *
 * - `none`: it is refused with `CALL_CYCLE`.
 * - `call-chain`: it runs inside the waiting turn, for as long as that turn lasts.
 * - `always`: every method of the class may run beside every other.
 */
export type Reentrancy = 'none' | 'call-chain' | 'always';

/** Options of `@GoverseObject()`. */
export interface GoverseObjectOptions {
  /** Type name, the part of the object id before the first dash. Default: the class name. */
  type?: string;
  /** Milliseconds without a call after which an activation ends; `Infinity` = never. Timers do not count as calls. Default: 15 minutes. */
  idleAfterMs?: number;
  /** Default: `none`. */
  reentrancy?: Reentrancy;
  /** Calls that may wait for one activation; more are refused with `OVERLOADED`. Default: 10 000. */
  mailboxLimit?: number;
  /** Arguments and results are never changed by anybody, so calls inside one process do not copy them. Default: false. */
  immutable?: boolean;
  /**
   * Clients may neither create nor delete objects of this class, nor call its methods, except those that say
   * `internal: false`. Default: false. The same as `@Internal()` on the class.
   */
  internal?: boolean;
}

/** Options of an object class with every default filled in. */
export interface ResolvedObjectOptions {
  readonly idleAfterMs: number;
  readonly reentrancy: Reentrancy;
  readonly mailboxLimit: number;
  readonly immutable: boolean;
  readonly internal: boolean;
  /** Who may create and delete from outside: roles, `authenticated`, `clients`; undefined = everybody. */
  readonly roles: readonly string[] | undefined;
}

const FIFTEEN_MINUTES = 15 * 60_000;

export function resolveObjectOptions(
  options: GoverseObjectOptions,
  access: AccessDeclaration = {},
): ResolvedObjectOptions {
  return Object.freeze({
    idleAfterMs: options.idleAfterMs ?? FIFTEEN_MINUTES,
    reentrancy: options.reentrancy ?? 'none',
    mailboxLimit: options.mailboxLimit ?? 10_000,
    immutable: options.immutable ?? false,
    internal: options.internal ?? access.internal ?? false,
    roles: access.roles,
  });
}
