import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, GRPC_CODES, GoverseError } from '../../src/core/index.js';
import type { GrpcCode } from '../../src/core/index.js';
import { cellsOf, codeWords, section } from './docs-support/markdown.js';

const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

/** One row of the catalogue as the document tells it. */
interface Row {
  reason: string;
  code: string;
  http: number;
  retryable: boolean;
  when: string;
  remedy: string;
}

const rows = cellsOf(section(text, 'The catalogue')).map(readRow);

function readRow([reason = '', code = '', http = '', again = '', when = '', remedy = '']: string[]): Row {
  expect(['yes', 'no']).toContain(again);
  return {
    reason: codeWords(reason)[0] ?? '',
    code: codeWords(code)[0] ?? '',
    http: Number(http),
    retryable: again === 'yes',
    when,
    remedy,
  };
}

describe('docs/errors.md', () => {
  it('has one row for every reason of the catalogue, in its order, and no other', () => {
    expect(rows.map(({ reason }) => reason)).toEqual(Object.keys(ERROR_CATALOGUE));
  });

  it.each(Object.entries(ERROR_CATALOGUE))('tells code, HTTP status and retry of %s', (reason, expected) => {
    const row = rows.find((found) => found.reason === reason);
    expect({ code: row?.code, http: row?.http, retryable: row?.retryable }).toEqual(expected);
  });

  it('says of every reason when it comes and what to do', () => {
    expect(rows.filter(({ when, remedy }) => when.length < 10 || remedy.length < 10)).toEqual([]);
  });

  it('gives the HTTP status of every gRPC code', () => {
    const cells = cellsOf(section(text, 'Errors of your own')).filter((row) => row.length === 4);
    const pairs = cells.flatMap(([codes = '', http, others = '', otherHttp]) => [
      ...codeWords(codes).map((code) => [code, Number(http)] as const),
      ...codeWords(others).map((code) => [code, Number(otherHttp)] as const),
    ]);
    const actual = Object.keys(GRPC_CODES).map((code) => [code, httpOf(code as GrpcCode)] as const);
    expect(Object.fromEntries(pairs)).toEqual(Object.fromEntries(actual));
  });
});

function httpOf(code: GrpcCode): number {
  return new GoverseError({ reason: 'SOME_REASON', code, message: 'x' }).httpStatus;
}
