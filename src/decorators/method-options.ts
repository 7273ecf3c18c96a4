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
  /** Clients may never call it. Default: false. */
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
  readonly timeoutMs: number | undefined;
  readonly request: string | undefined;
  readonly response: string | undefined;
}

export function resolveMethodOptions(options: MethodOptions): ResolvedMethodOptions {
  return Object.freeze({
    readOnly: options.readOnly ?? false,
    interleave: options.interleave ?? false,
    oneWay: options.oneWay ?? false,
    idempotent: options.idempotent ?? false,
    internal: options.internal ?? false,
    timeoutMs: options.timeoutMs,
    request: options.request,
    response: options.response,
  });
}
