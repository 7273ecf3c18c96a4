/** What a node tells of one method (proto/goverse.proto, `MethodInfo`). */
export interface MethodInfo {
  /** Wire name. */
  readonly name: string;
  readonly readOnly: boolean;
  readonly idempotent: boolean;
  readonly oneWay: boolean;
  /** Not for clients. */
  readonly internal: boolean;
  /** Of clients that may call it; empty = everybody. */
  readonly roles: readonly string[];
  readonly takesArgument: boolean;
  /** JSON Schema (2020-12) with its own `$defs`, as JSON; empty = not declared. */
  readonly argumentSchema: string;
  readonly resultSchema: string;
  /** Full name of the protobuf message; empty = none. */
  readonly request: string;
  readonly response: string;
}

/** What a node tells of one object type. */
export interface ObjectTypeInfo {
  readonly type: string;
  /** Clients may neither create nor delete. */
  readonly internal: boolean;
  /** Of clients that may create and delete; empty = everybody. */
  readonly roles: readonly string[];
  readonly methods: readonly MethodInfo[];
}
