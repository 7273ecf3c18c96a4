import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { KnownReason } from '../core/index.js';
import { ERROR_CATALOGUE, GoverseError, goverseError } from '../core/index.js';
import { DETAILS_KEY, REASON_KEY, RETRY_AFTER_KEY, goverseErrorOf, grpcStatusOf } from './grpc-errors.js';

function serviceError(code: number, details: string, metadata = new Metadata()): ServiceError {
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata });
}

/** What a client gets for an error of a server: the text went through grpc-js's own percent-encoding. */
function overTheWire(error: unknown): GoverseError {
  const { code, details, metadata } = grpcStatusOf(error);
  return goverseErrorOf(serviceError(code, decodeURI(encodeURI(details)), metadata));
}

describe('a GoverseError as gRPC status', () => {
  it.each(Object.keys(ERROR_CATALOGUE) as KnownReason[])('comes back the same: %s', (reason) => {
    const error = goverseError(reason, 'what happened', { details: { a: 1 } });
    expect(overTheWire(error).toWire()).toEqual(error.toWire());
  });

  it('comes back the same with a reason, code and retryability of the user', () => {
    const error = new GoverseError({
      reason: 'ROOM_FULL',
      code: 'FAILED_PRECONDITION',
      message: 'ü 🎮 100%25',
      retryable: true,
    });
    expect(overTheWire(error).toWire()).toEqual(error.toWire());
    const certain = goverseError('NOT_READY', 'x', { retryable: false });
    expect(overTheWire(certain).retryable).toBe(false);
  });

  it('says when to try again', () => {
    const after = (error: GoverseError) => grpcStatusOf(error).metadata.get(RETRY_AFTER_KEY);
    expect(after(goverseError('OVERLOADED', 'x'))).toEqual(['100']);
    expect(after(goverseError('RATE_LIMITED', 'x', { details: { retryAfterMs: 1500.5 } }))).toEqual(['1501']);
    expect(after(goverseError('PAYLOAD_TOO_LARGE', 'x'))).toEqual([]);
    expect(after(goverseError('NOT_READY', 'x'))).toEqual([]);
  });

  it.each(['x', 'ü', '对', '🎮', '\ud800', '%'])('cuts a text of very many %j to what trailers hold', (letter) => {
    const { details } = grpcStatusOf(goverseError('METHOD_FAILED', letter.repeat(50_000)));
    expect(encodeURI(details).length).toBeLessThanOrEqual(3072);
    expect(encodeURI(details).length).toBeGreaterThan(1000);
    expect(details.endsWith('...')).toBe(true);
  });

  it('leaves out details that are too long or no JSON', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    for (const details of ['x'.repeat(5000), cyclic, 5n]) {
      const { metadata } = grpcStatusOf(goverseError('METHOD_FAILED', 'm', { details }));
      expect(metadata.get(DETAILS_KEY)).toEqual([]);
      expect(metadata.get(REASON_KEY)).toEqual(['METHOD_FAILED']);
    }
  });

  it('is METHOD_FAILED for anything that is no GoverseError', () => {
    expect(grpcStatusOf(new TypeError('boom'))).toMatchObject({ code: status.UNKNOWN, details: 'TypeError: boom' });
    expect(overTheWire('text').reason).toBe('METHOD_FAILED');
  });
});

describe('a status that grpc-js or a foreign server made', () => {
  it.each([
    [status.UNAVAILABLE, 'No connection established', 'NOT_READY', true],
    [status.DEADLINE_EXCEEDED, 'Deadline exceeded', 'DEADLINE_EXCEEDED', false],
    [status.CANCELLED, 'Cancelled on client', 'CANCELLED', false],
    [status.RESOURCE_EXHAUSTED, 'Received message larger than max (70000 vs. 65536)', 'PAYLOAD_TOO_LARGE', false],
    [status.UNIMPLEMENTED, 'The server does not implement the method', 'METHOD_NOT_FOUND', false],
    [status.UNAUTHENTICATED, 'no', 'UNAUTHENTICATED', false],
    [status.INTERNAL, 'RST_STREAM', 'METHOD_FAILED', false],
  ] as const)('%d %s is %s', (code, details, reason, retryable) => {
    const error = goverseErrorOf(serviceError(code, details));
    expect(error).toMatchObject({ reason, retryable, message: details, grpcCode: code });
  });

  it('does not believe a reason or details that cannot be', () => {
    const metadata = new Metadata();
    metadata.set(REASON_KEY, 'not a reason');
    metadata.set(DETAILS_KEY, Buffer.from('{'));
    expect(goverseErrorOf(serviceError(status.ABORTED, 'x', metadata))).toMatchObject({
      reason: 'METHOD_FAILED',
      details: undefined,
    });
  });
});
