import { Controller } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CallResult, CallVerb } from '../../core/index.js';
import { ClientCalls } from '../client-calls.js';
import { wireBytes } from '../client-result.js';
import { GateHandler } from '../gate-handler.js';
import { HttpAnswer } from './http-answer.js';
import type { HttpExchange } from './http-exchange.js';
import { pathOf } from './http-exchange.js';
import { HttpRefusal } from './http-refusal.js';
import { httpSource } from './http-source.js';
import type { ObjectPath } from './object-path.js';
import { readObjectPath } from './object-path.js';
import { JSON_TYPE, PROTOBUF_TYPE, requestPayload } from './request-payload.js';
import { timeoutOf } from './request-timeout.js';

/** Where the object routes are. */
export const OBJECTS_PREFIX = '/v1/objects/';

/** `/v1/objects/...`: calls, creation and deletion over HTTP (wire.md, "HTTP"). */
@Controller()
export class ObjectsController {
  constructor(private readonly calls: ClientCalls) {}

  @GateHandler('call')
  async call(body: Buffer | undefined, request: FastifyRequest, exchange: HttpExchange): Promise<HttpAnswer> {
    const path = objectPath(request);
    const result = await this.execute('call', path, body, request, exchange);
    const { kind } = result.payload;
    return HttpAnswer.result(wireBytes(result), kind === 'protobuf' ? PROTOBUF_TYPE : JSON_TYPE);
  }

  @GateHandler('create')
  async create(body: Buffer | undefined, request: FastifyRequest, exchange: HttpExchange): Promise<HttpAnswer> {
    const path = objectPath(request);
    const result = await this.execute('create', path, body, request, exchange);
    return HttpAnswer.json(result.created ? 201 : 200, { id: path.objectId });
  }

  @GateHandler('delete')
  async delete(_body: Buffer | undefined, request: FastifyRequest, exchange: HttpExchange): Promise<HttpAnswer> {
    await this.execute('delete', objectPath(request), undefined, request, exchange);
    return HttpAnswer.noContent();
  }

  private execute(
    verb: CallVerb,
    path: ObjectPath,
    body: Buffer | undefined,
    request: FastifyRequest,
    exchange: HttpExchange,
  ): Promise<CallResult> {
    const { traceId, cancellation } = exchange;
    const { type } = request.query as { type?: string | string[] };
    return this.calls.execute({
      verb,
      objectId: path.objectId,
      type: Array.isArray(type) ? type[0] : type,
      method: path.method ?? '',
      payload: requestPayload(body, request.headers),
      callId: traceId,
      timeoutMs: timeoutOf(request),
      source: httpSource(request, 'http'),
      cancellation,
    });
  }
}

function objectPath(request: FastifyRequest): ObjectPath {
  const path = pathOf(request);
  const found = readObjectPath(path.slice(OBJECTS_PREFIX.length));
  if (!found) throw HttpRefusal.notFound(path);
  return found;
}
