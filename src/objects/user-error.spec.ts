import {
  BadRequestException,
  ConflictException,
  ForbiddenException,
  HttpException,
  ImATeapotException,
  InternalServerErrorException,
  NotFoundException,
  PayloadTooLargeException,
  UnauthorizedException,
} from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { GoverseError, goverseError } from '../core/index.js';
import { userError } from './user-error.js';

describe('userError', () => {
  it('leaves a GoverseError as it is', () => {
    const error = new GoverseError({ reason: 'ROOM_FULL', message: 'full', retryable: true });
    expect(userError(error)).toBe(error);
  });

  it('does not pass on that nothing was executed', () => {
    expect(userError(goverseError('OVERLOADED', 'busy', { details: 1 }))).toMatchObject({
      reason: 'OVERLOADED',
      retryable: false,
      details: 1,
    });
  });

  it.each([
    [new BadRequestException('bad'), 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'bad'],
    [new BadRequestException(['a', 'b']), 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'a; b'],
    [new UnauthorizedException('who'), 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'who'],
    [new ForbiddenException('no'), 'ACCESS_DENIED', 'PERMISSION_DENIED', 'no'],
    [new NotFoundException('where'), 'NOT_FOUND', 'NOT_FOUND', 'where'],
    [new ConflictException('both'), 'CONFLICT', 'ABORTED', 'both'],
    [new PayloadTooLargeException('big'), 'PAYLOAD_TOO_LARGE', 'RESOURCE_EXHAUSTED', 'big'],
    [new HttpException('slow', 429), 'RATE_LIMITED', 'RESOURCE_EXHAUSTED', 'slow'],
    [new ImATeapotException('tea'), 'FAILED_PRECONDITION', 'FAILED_PRECONDITION', 'tea'],
    [new InternalServerErrorException('oops'), 'METHOD_FAILED', 'UNKNOWN', 'InternalServerErrorException: oops'],
    [new RpcException('plain'), 'UNKNOWN', 'UNKNOWN', 'plain'],
    [new RpcException({ code: 5, message: 'gone' }), 'NOT_FOUND', 'NOT_FOUND', 'gone'],
    [new RpcException({ code: 'PERMISSION_DENIED', message: 'no' }), 'ACCESS_DENIED', 'PERMISSION_DENIED', 'no'],
    [new TypeError('x'), 'METHOD_FAILED', 'UNKNOWN', 'TypeError: x'],
    ['text', 'METHOD_FAILED', 'UNKNOWN', 'threw text'],
    [undefined, 'METHOD_FAILED', 'UNKNOWN', 'threw undefined'],
  ])('maps %o', (thrown, reason, code, message) => {
    const mapped = userError(thrown);
    expect(mapped).toMatchObject({ reason, code, message, retryable: false });
  });

  it('makes plain data of the details, for callers in this process too', () => {
    const list = [1];
    const thrown = new GoverseError({
      reason: 'ROOM_FULL',
      message: 'full',
      details: { list, big: 5n, at: new Date(0) },
    });
    const seen = userError(thrown);
    list.push(2);
    expect(seen).toMatchObject({
      reason: 'ROOM_FULL',
      details: { list: [1], big: '5', at: '1970-01-01T00:00:00.000Z' },
    });
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(userError(new GoverseError({ reason: 'ODD', message: 'm', details: cyclic })).details).toBeUndefined();
  });
});
