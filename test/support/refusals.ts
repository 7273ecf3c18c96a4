/** A request that must be refused, whatever protocol carries it. */
export interface Refusal {
  readonly what: string;
  readonly verb?: 'call' | 'create';
  readonly objectId: string;
  readonly method?: string;
  readonly type?: string;
  readonly argument?: unknown;
  readonly timeoutMs?: number;
  /** Expected. */
  readonly reason: string;
  readonly code: string;
  readonly http: number;
  /** What the text must say, so that somebody can act on it. */
  readonly says?: RegExp;
}

const ARGUMENT = { reason: 'INVALID_ARGUMENT', code: 'INVALID_ARGUMENT', http: 400 };
const ID = { reason: 'INVALID_OBJECT_ID', code: 'INVALID_ARGUMENT', http: 400 };
const FAILED = { reason: 'METHOD_FAILED', code: 'UNKNOWN', http: 500, says: /^internal error$/ };
const UNENCODABLE = { reason: 'RESULT_NOT_ENCODABLE', code: 'INTERNAL', http: 500 };
const TOO_LARGE = { reason: 'PAYLOAD_TOO_LARGE', code: 'RESOURCE_EXHAUSTED', http: 413 };

/** Everything of the error table that one request to the fixture provokes (docs/errors.md). */
export const REFUSALS: readonly Refusal[] = [
  {
    what: 'an argument that is no object',
    objectId: 'Echo-1',
    method: 'Repeat',
    argument: 'text',
    ...ARGUMENT,
    says: /Echo.*RepeatArgs/,
  },
  { what: 'a missing argument', objectId: 'Echo-1', method: 'Repeat', ...ARGUMENT, says: /RepeatArgs/ },
  { what: 'null for an object', objectId: 'Echo-1', method: 'Repeat', argument: null, ...ARGUMENT },
  { what: 'an array for an object', objectId: 'Echo-1', method: 'Repeat', argument: [], ...ARGUMENT },
  {
    what: 'an argument with two violations',
    objectId: 'Echo-1',
    method: 'Repeat',
    argument: { text: '', times: '3' },
    ...ARGUMENT,
    says: /text[^]*times|times[^]*text/,
  },
  {
    what: 'an empty method',
    objectId: 'Echo-1',
    method: ' ',
    reason: 'METHOD_NOT_FOUND',
    code: 'UNIMPLEMENTED',
    http: 404,
  },
  {
    what: 'an unknown method',
    objectId: 'Echo-1',
    method: 'Nope',
    reason: 'METHOD_NOT_FOUND',
    code: 'UNIMPLEMENTED',
    http: 404,
    says: /Echo.*Nope|Nope.*Echo/,
  },
  {
    what: 'a method by its name in the class',
    objectId: 'Echo-1',
    method: 'countCalls',
    reason: 'METHOD_NOT_FOUND',
    code: 'UNIMPLEMENTED',
    http: 404,
  },
  {
    what: 'a method of every object',
    objectId: 'Echo-1',
    method: 'constructor',
    reason: 'METHOD_NOT_FOUND',
    code: 'UNIMPLEMENTED',
    http: 404,
  },
  {
    what: 'an unknown type',
    objectId: 'Nobody-1',
    method: 'Echo',
    reason: 'UNKNOWN_TYPE',
    code: 'UNIMPLEMENTED',
    http: 404,
    says: /Nobody/,
  },
  {
    what: 'an unknown type given separately',
    objectId: 'Echo-1',
    type: 'Nobody',
    method: 'Echo',
    reason: 'UNKNOWN_TYPE',
    code: 'UNIMPLEMENTED',
    http: 404,
  },
  {
    what: 'creation of an unknown type',
    verb: 'create',
    objectId: 'Nobody-1',
    reason: 'UNKNOWN_TYPE',
    code: 'UNIMPLEMENTED',
    http: 404,
  },
  { what: 'an id without a dash', objectId: 'lobby', method: 'Echo', ...ID, says: /lobby/ },
  { what: 'a shard that does not exist', objectId: 'shard#8192/Echo-1', method: 'Echo', ...ID },
  { what: 'a place that is none', objectId: 'nohost/Echo-1', method: 'Echo', ...ID },
  { what: 'an id of 256 bytes', objectId: `Echo-${'é'.repeat(125)}x`, method: 'Echo', ...ID },
  { what: 'an id with a control character', objectId: 'Echo-a\u0007b', method: 'Echo', ...ID },
  {
    what: 'an internal method',
    objectId: 'Echo-1',
    method: 'Secret',
    reason: 'ACCESS_DENIED',
    code: 'PERMISSION_DENIED',
    http: 403,
  },
  {
    what: 'a node that is not there',
    objectId: '127.0.0.1:1/Echo-1',
    method: 'Echo',
    reason: 'NO_OWNER',
    code: 'UNAVAILABLE',
    http: 503,
    says: /127\.0\.0\.1:1\b/,
  },
  {
    what: 'an object that calls itself',
    objectId: 'Relay-me',
    method: 'CallMyself',
    reason: 'CALL_CYCLE',
    code: 'ABORTED',
    http: 409,
    says: /Relay-me.*Relay-me/s,
  },
  {
    what: 'a circle of two objects',
    objectId: 'Relay-a',
    method: 'Call',
    argument: { objectId: 'Relay-b', method: 'Call', argument: { objectId: 'Relay-a', method: 'Echo' } },
    reason: 'CALL_CYCLE',
    code: 'ABORTED',
    http: 409,
    says: /Relay-a.*Relay-b.*Relay-a/s,
  },
  {
    what: 'a deadline that passes',
    objectId: 'Slow-late',
    method: 'Hold',
    timeoutMs: 150,
    reason: 'DEADLINE_EXCEEDED',
    code: 'DEADLINE_EXCEEDED',
    http: 504,
  },
  {
    what: 'a result with a function in it',
    objectId: 'Faulty-1',
    method: 'Function',
    ...UNENCODABLE,
    says: /callback/,
  },
  { what: 'a result with a circle in it', objectId: 'Faulty-1', method: 'Circle', ...UNENCODABLE, says: /again/ },
  { what: 'a result above the limit', objectId: 'Echo-1', method: 'Zeros', argument: 2 ** 20, ...TOO_LARGE },
  {
    what: 'an error of the application',
    objectId: 'Faulty-1',
    method: 'OwnReason',
    reason: 'ROOM_FULL',
    code: 'FAILED_PRECONDITION',
    http: 400,
    says: /^there is no room for another$/,
  },
  {
    what: 'an object that cannot be constructed',
    objectId: 'Stillborn-1',
    method: 'Echo',
    reason: 'STILLBORN',
    code: 'FAILED_PRECONDITION',
    http: 400,
  },
  { what: 'a plain Error', objectId: 'Faulty-1', method: 'Plain', ...FAILED },
  { what: 'an Error after an await', objectId: 'Faulty-1', method: 'AfterAwait', ...FAILED },
  { what: 'a thrown text', objectId: 'Faulty-1', method: 'Text', ...FAILED },
  ...httpExceptions(),
  ...rpcExceptions(),
];

function httpExceptions(): Refusal[] {
  const rows: [number, string, string, number][] = [
    [400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 400],
    [401, 'UNAUTHENTICATED', 'UNAUTHENTICATED', 401],
    [403, 'ACCESS_DENIED', 'PERMISSION_DENIED', 403],
    [404, 'NOT_FOUND', 'NOT_FOUND', 404],
    [409, 'CONFLICT', 'ABORTED', 409],
    [413, 'PAYLOAD_TOO_LARGE', 'RESOURCE_EXHAUSTED', 413],
    [418, 'FAILED_PRECONDITION', 'FAILED_PRECONDITION', 400],
    [429, 'RATE_LIMITED', 'RESOURCE_EXHAUSTED', 429],
  ];
  const refusals = rows.map(([status, reason, code, http]) => ({
    status,
    reason,
    code,
    http,
    says: new RegExp(`^refused with ${status}$`),
  }));
  return [...refusals, { status: 500, ...FAILED }, { status: 503, ...FAILED }].map(({ status, ...expected }) => ({
    what: `HttpException ${status}`,
    objectId: 'Faulty-1',
    method: 'Http',
    argument: status,
    ...expected,
  }));
}

function rpcExceptions(): Refusal[] {
  const rows: [number, string, string, number][] = [
    [7, 'ACCESS_DENIED', 'PERMISSION_DENIED', 403],
    [9, 'FAILED_PRECONDITION', 'FAILED_PRECONDITION', 400],
    [11, 'OUT_OF_RANGE', 'OUT_OF_RANGE', 400],
  ];
  return rows.map(([number, reason, code, http]) => ({
    what: `RpcException ${number}`,
    objectId: 'Faulty-1',
    method: 'Rpc',
    argument: number,
    reason,
    code,
    http,
    says: new RegExp(`^refused with code ${number}$`),
  }));
}
