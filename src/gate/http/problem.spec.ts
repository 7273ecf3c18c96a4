import { expect, it } from 'vitest';
import { ERROR_CATALOGUE, GoverseError, goverseError } from '../../core/index.js';
import type { KnownReason } from '../../core/index.js';
import { HttpRefusal } from './http-refusal.js';
import { problemOf } from './problem.js';

it.each(Object.keys(ERROR_CATALOGUE) as KnownReason[])('gives %s the status of the table and a title', (reason) => {
  const { status, headers, body } = problemOf(goverseError(reason, 'what happened'), 'trace');
  expect(status).toBe(ERROR_CATALOGUE[reason].http);
  expect(headers['content-type']).toBe('application/problem+json');
  const document = JSON.parse(body) as Record<string, unknown>;
  expect(document).toMatchObject({ type: 'about:blank', status, detail: 'what happened', reason, traceId: 'trace' });
  expect(document['title']).toMatch(/^[A-Z][A-Za-z -]+$/);
});

it('rounds the wait up to whole seconds', () => {
  const retryAfter = (details?: unknown) =>
    problemOf(goverseError('OVERLOADED', 'x', { details }), 't').headers['retry-after'];
  expect([retryAfter(), retryAfter({ retryAfterMs: 1 }), retryAfter({ retryAfterMs: 1001 })]).toEqual(['1', '1', '2']);
  expect(problemOf(goverseError('OUTCOME_UNKNOWN', 'x'), 't').headers).not.toHaveProperty('retry-after');
});

it('carries the refusals only HTTP knows', () => {
  expect(problemOf(HttpRefusal.methodNotAllowed('GET', '/x', ['PUT']), 't')).toMatchObject({
    status: 405,
    headers: { allow: 'PUT' },
  });
  expect(problemOf(HttpRefusal.unsupportedMediaType(undefined), 't').status).toBe(415);
});

it('drops details that JSON cannot hold', () => {
  const error = new GoverseError({ reason: 'MINE', code: 'ABORTED', message: 'x', details: { big: 1n } });
  expect(JSON.parse(problemOf(error, 't').body)).toMatchObject({ status: 409, reason: 'MINE' });
});
