import type { AccessDeclaration } from './access-declaration.js';
import type { ResolvedObjectOptions } from './goverse-object-options.js';

/** Options of `@Method()`. */
export interface MethodOptions {
  /** Wire name. Default: the method's own name. */
  name?: string;
  /** The method changes nothing: it may run beside other read-only turns. Default: false. */
  readOnly?: boolean;
  /** The method may run beside any turn. Default: false. */
  interleave?: boolean;
  /** The caller does not wait: its call resolves when the owner's mailbox has it. Default: false. */
  oneWay?: boolean;
  /** Running it twice does no harm: it may be repeated when the outcome of a call is unknown. Default: false. */
  idempotent?: boolean;
  /** Clients may never call it. Default: what the class says, else false. */
  internal?: boolean;
  /** Longest time for a call in milliseconds. Default: what the caller allows. */
  timeoutMs?: number;
  /** Full name of the protobuf message the argument is, for example `chat.JoinArgs`. */
  request?: string;
  /** Full name of the protobuf message the result is. */
  response?: string;
}

/** Options of a method with every default filled in. */
export interface ResolvedMethodOptions {
  readonly readOnly: boolean;
  readonly interleave: boolean;
  readonly oneWay: boolean;
  readonly idempotent: boolean;
  readonly internal: boolean;
  /** Who may call from outside: roles, `authenticated`, `clients`; undefined = everybody. */
  readonly roles: readonly string[] | undefined;
  readonly timeoutMs: number | undefined;
  readonly request: string | undefined;
  readonly response: string | undefined;
}

/**
 * @param access what decorators say about the method
 * @param ofClass what holds for the whole class
 */
export function resolveMethodOptions(
  options: MethodOptions,
  access: AccessDeclaration | undefined,
  ofClass: Pick<ResolvedObjectOptions, 'internal' | 'roles'>,
): ResolvedMethodOptions {
  return Object.freeze({
    readOnly: options.readOnly ?? false,
    interleave: options.interleave ?? false,
    oneWay: options.oneWay ?? false,
    idempotent: options.idempotent ?? false,
    internal: options.internal ?? access?.internal ?? ofClass.internal,
    roles: access?.roles ?? ofClass.roles,
    timeoutMs: options.timeoutMs,
    request: options.request,
    response: options.response,
  });
}
