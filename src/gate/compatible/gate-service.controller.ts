import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { CallResult, CallVerb } from '../../core/index.js';
import { goverseError, newObjectId, uniqueId } from '../../core/index.js';
import { anyBytes, wireAny } from '../../rpc/index.js';
import { ClientCalls } from '../client-calls.js';
import { ClientStreams, STREAM_OPENED } from '../client-streams.js';
import { cancellationOf } from '../grpc/grpc-cancellation.js';
import { grpcSource } from '../grpc/grpc-source.js';
import type { RegisterCall } from '../grpc/register-sink.js';
import { openRegisterStream } from '../grpc/register-stream.js';
import { anyResult } from './any-result.js';
import type {
  CallObjectRequest,
  CallObjectResponse,
  CreateObjectRequest,
  CreateObjectResponse,
  DeleteObjectRequest,
  DeleteObjectResponse,
  RegisterResponse,
  ReliableCallObjectResponse,
} from './gate-messages.js';

const SERVICE = 'GateService';

type UnaryCall = ServerUnaryCall<unknown, unknown>;

/** `gate.GateService`: the same gate for clients that were written for GoVerse (proto/gate.proto). */
@Controller()
export class GateServiceController {
  constructor(
    private readonly calls: ClientCalls,
    private readonly streams: ClientStreams,
  ) {}

  @GrpcMethod(SERVICE, 'CallObject')
  async callObject(request: CallObjectRequest, metadata: Metadata, call: UnaryCall): Promise<CallObjectResponse> {
    const result = await this.execute('call', request, metadata, call);
    return { response: wireAny(anyResult(result)) };
  }

  /** An empty id asks for a new one: `<type>-<unique>`. */
  @GrpcMethod(SERVICE, 'CreateObject')
  async createObject(request: CreateObjectRequest, metadata: Metadata, call: UnaryCall): Promise<CreateObjectResponse> {
    const id = request.id || newObjectId(request.type);
    await this.execute('create', { id, type: request.type }, metadata, call);
    return { id };
  }

  @GrpcMethod(SERVICE, 'DeleteObject')
  async deleteObject(request: DeleteObjectRequest, metadata: Metadata, call: UnaryCall): Promise<DeleteObjectResponse> {
    if (request.type === '') {
      throw goverseError('INVALID_ARGUMENT', `The deletion of ${JSON.stringify(request.id)} names no type; send it`);
    }
    await this.execute('delete', request, metadata, call);
    return {};
  }

  /** Nothing is executed: a call that may run twice must not look like one that cannot. */
  @GrpcMethod(SERVICE, 'ReliableCallObject')
  async reliableCallObject(): Promise<ReliableCallObjectResponse> {
    return {
      status: 'SKIPPED',
      error:
        'This gate has no exactly-once calls yet; nothing was executed. Use CallObject, and repeat it only where a repetition does no harm',
    };
  }

  @GrpcMethod(SERVICE, 'Register')
  async register(_request: object, metadata: Metadata, call: RegisterCall): Promise<typeof STREAM_OPENED> {
    await openRegisterStream(this.streams, metadata, call, ({ id }): RegisterResponse => ({ clientId: id }));
    return STREAM_OPENED;
  }

  private execute(
    verb: CallVerb,
    wanted: Partial<CallObjectRequest> & { id: string },
    metadata: Metadata,
    call: UnaryCall,
  ): Promise<CallResult> {
    const { id, type, method = '', request, clientId } = wanted;
    return this.calls.execute({
      verb,
      objectId: id,
      type: type || undefined,
      method,
      payload: { kind: 'any', bytes: anyBytes(request) },
      callId: uniqueId(),
      deadline: Number(call.getDeadline()),
      source: grpcSource(metadata, call.getPeer(), clientId),
      cancellation: cancellationOf(call),
    });
  }
}
