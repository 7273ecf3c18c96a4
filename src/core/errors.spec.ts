import { describe, expect, it } from 'vitest';
import {
  ERROR_CATALOGUE,
  GoverseError,
  goverseError,
  grpcCodeName,
  GRPC_CODES,
  hasReason,
  inwardError,
  outward,
} from './errors.js';
import type { KnownReason } from './errors.js';

/** The table of the wire contract: reasons, gRPC code, HTTP status. */
const TABLE: readonly [reasons: string, code: string, http: number][] = [
  ['INVALID_ARGUMENT INVALID_OBJECT_ID INVALID_CLIENT_ID UNKNOWN_MESSAGE_TYPE', 'INVALID_ARGUMENT', 400],
  ['UNAUTHENTICATED', 'UNAUTHENTICATED', 401],
  ['ACCESS_DENIED CLIENT_ID_NOT_YOURS', 'PERMISSION_DENIED', 403],
  ['UNKNOWN_TYPE METHOD_NOT_FOUND', 'UNIMPLEMENTED', 404],
  ['CLIENT_NOT_CONNECTED', 'NOT_FOUND', 404],
  ['TYPE_MISMATCH ALREADY_EXISTS', 'ALREADY_EXISTS', 409],
  ['CALL_CYCLE', 'ABORTED', 409],
  ['PAYLOAD_TOO_LARGE', 'RESOURCE_EXHAUSTED', 413],
  ['OVERLOADED RATE_LIMITED QUEUE_FULL', 'RESOURCE_EXHAUSTED', 429],
  ['CANCELLED', 'CANCELLED', 499],
  ['RESULT_NOT_ENCODABLE', 'INTERNAL', 500],
  ['METHOD_FAILED', 'UNKNOWN', 500],
  ['NOT_READY NO_OWNER NOT_OWNER FENCED GATE_NOT_CONNECTED OUTCOME_UNKNOWN', 'UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED', 504],
];
const rows = TABLE.flatMap(([reasons, code, http]) =>
  reasons.split(' ').map((reason) => [reason, code, http] as const),
);

describe('the error catalogue', () => {
  it.each(rows)('has %s with %s and HTTP %i', (reason, code, http) => {
    const error = goverseError(reason as KnownReason, 'what happened');
    expect([error.code, error.httpStatus]).toEqual([code, http]);
    expect(error.grpcCode).toBe(GRPC_CODES[code as keyof typeof GRPC_CODES]);
  });

  it('keeps what only callers in the cluster may know from clients, over every hop', () => {
    const error = inwardError('UNKNOWN_TYPE', 'no Nope; hosted there: Room', 'no Nope');
    const far = GoverseError.fromWire(error.toWire());
    expect(far.message).toBe('no Nope; hosted there: Room');
    expect(outward(far).toWire()).toEqual({ reason: 'UNKNOWN_TYPE', code: 12, message: 'no Nope', retryable: false });
    for (const reason of ['MINE', 'INVALID_ARGUMENT']) {
      const own = new GoverseError({ reason, message: 'text', details: { forClients: 'x' } });
      expect(outward(own)).toBe(own);
    }
    expect(outward(goverseError('UNKNOWN_TYPE', 'x')).toWire()).toEqual(goverseError('UNKNOWN_TYPE', 'x').toWire());
  });

  it('has no reason that is not in the table', () => {
    expect(Object.keys(ERROR_CATALOGUE).toSorted()).toEqual(rows.map(([reason]) => reason).toSorted());
  });

  it('calls only what was not executed retryable', () => {
    expect(goverseError('NO_OWNER', 'x').retryable).toBe(true);
    expect(goverseError('OUTCOME_UNKNOWN', 'x').retryable).toBe(false);
    expect(goverseError('METHOD_FAILED', 'x').retryable).toBe(false);
  });
});

describe('GoverseError', () => {
  it('is the same on the other side of the wire', () => {
    const error = new GoverseError({
      reason: 'ROOM_FULL',
      code: 'FAILED_PRECONDITION',
      message: 'full',
      details: { max: 5 },
    });
    const back = GoverseError.fromWire(
      JSON.parse(JSON.stringify(error.toWire())) as ReturnType<GoverseError['toWire']>,
    );
    expect(back).toBeInstanceOf(GoverseError);
    expect(back.toWire()).toEqual(error.toWire());
    expect(back.httpStatus).toBe(400);
  });

  it('survives a wire error with a bad reason or code', () => {
    const back = GoverseError.fromWire({ reason: 'not upper', code: 99, message: 'm', retryable: false });
    expect([back.reason, back.code]).toEqual(['METHOD_FAILED', 'UNKNOWN']);
  });

  it('takes the HTTP status of its code when a known reason has another code', () => {
    expect(new GoverseError({ reason: 'METHOD_NOT_FOUND', code: 'NOT_FOUND', message: 'm' }).httpStatus).toBe(404);
    expect(new GoverseError({ reason: 'OWN_REASON', message: 'm' }).httpStatus).toBe(500);
  });

  it('keeps name and message of foreign errors, and the error itself as cause', () => {
    const cause = new TypeError('broken');
    const error = GoverseError.from(cause);
    expect([error.reason, error.message, error.cause]).toEqual(['METHOD_FAILED', 'TypeError: broken', cause]);
  });

  it('describes thrown things that are no errors', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(GoverseError.from('text').message).toBe('threw text');
    expect(GoverseError.from(undefined).message).toBe('threw undefined');
    expect(GoverseError.from(cycle).message).toBe('threw [object Object]');
  });

  it('is returned as it is', () => {
    const error = goverseError('CANCELLED', 'm');
    expect(GoverseError.from(error)).toBe(error);
  });

  it('refuses a reason that is not UPPER_SNAKE and a code that is none of gRPC', () => {
    expect(() => new GoverseError({ reason: 'roomFull', message: 'm' })).toThrowError(/UPPER_SNAKE/);
    expect(() => new GoverseError({ reason: 'ROOM_FULL', code: 'FULL' as 'UNKNOWN', message: 'm' })).toThrowError(
      /gRPC code/,
    );
  });

  it('is recognised by reason', () => {
    expect(hasReason(goverseError('FENCED', 'm'), 'NOT_OWNER', 'FENCED')).toBe(true);
    expect(hasReason(new Error('FENCED'), 'FENCED')).toBe(false);
  });

  it('knows codes by number', () => {
    expect(grpcCodeName(14)).toBe('UNAVAILABLE');
    expect(grpcCodeName(0)).toBe('UNKNOWN');
  });
});
