import { Controller } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CallResult, CallVerb } from '../../core/index.js';
import { EMPTY_BYTES } from '../../core/index.js';
import { ClientCalls } from '../client-calls.js';
import { GateHandler } from '../gate-handler.js';
import { HttpAnswer } from '../http/http-answer.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { pathOf } from '../http/http-exchange.js';
import { httpSource } from '../http/http-source.js';
import { timeoutOf } from '../http/request-timeout.js';
import { anyResult } from './any-result.js';
import { readCompatibleBody } from './compatible-body.js';
import type { CompatiblePath } from './compatible-path.js';
import { readCompatiblePath } from './compatible-path.js';

/** Where each verb is. */
export const COMPATIBLE_PREFIXES = {
  call: '/api/v1/objects/call/',
  create: '/api/v1/objects/create/',
  delete: '/api/v1/objects/delete/',
} as const satisfies Record<CallVerb, string>;

/** `/api/v1/objects/...`: the routes of GoVerse's own gate, values as base64 of a serialised Any (wire.md, "HTTP"). */
@Controller()
export class CompatibleObjectsController {
  constructor(private readonly calls: ClientCalls) {}

  @GateHandler('call')
  async call(body: Buffer | undefined, request: FastifyRequest, exchange: HttpExchange): Promise<HttpAnswer> {
    const path = readCompatiblePath(pathOf(request), COMPATIBLE_PREFIXES.call, 3);
    const result = await this.execute('call', path, readCompatibleBody(body, request.headers), request, exchange);
    return HttpAnswer.json(200, { response: Buffer.from(anyResult(result)).toString('base64') });
  }

  @GateHandler('create')
  async create(_body: unknown, request: FastifyRequest, exchange: HttpExchange): Promise<HttpAnswer> {
    const path = readCompatiblePath(pathOf(request), COMPATIBLE_PREFIXES.create, 2);
    await this.execute('create', path, EMPTY_BYTES, request, exchange);
    return HttpAnswer.json(200, { id: path.id });
  }

  @GateHandler('delete')
  async delete(_body: unknown, request: FastifyRequest, exchange: HttpExchange): Promise<HttpAnswer> {
    const path = readCompatiblePath(pathOf(request), COMPATIBLE_PREFIXES.delete, 2);
    await this.execute('delete', path, EMPTY_BYTES, request, exchange);
    return HttpAnswer.json(200, { success: true });
  }

  private execute(
    verb: CallVerb,
    { type, id, method = '' }: CompatiblePath,
    bytes: Uint8Array,
    request: FastifyRequest,
    { traceId, cancellation }: HttpExchange,
  ): Promise<CallResult> {
    return this.calls.execute({
      verb,
      objectId: id,
      type,
      method,
      payload: { kind: 'any', bytes },
      callId: traceId,
      timeoutMs: timeoutOf(request),
      source: httpSource(request, 'http'),
      cancellation,
    });
  }
}
