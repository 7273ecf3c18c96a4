import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { CallResult, CallVerb } from '../../core/index.js';
import { EMPTY_BYTES, uniqueId } from '../../core/index.js';
import { ClientCalls } from '../client-calls.js';
import { LiveConnections } from '../../rpc/index.js';
import { wireBytes } from '../client-result.js';
import type { ClientProxy } from '../client-proxy.js';
import { ClientStreams, STREAM_OPENED } from '../client-streams.js';
import type {
  CallObjectRequest,
  CallObjectResponse,
  CreateObjectRequest,
  CreateObjectResponse,
  DeleteObjectRequest,
  DeleteObjectResponse,
  RegisterRequest,
  RegisterResponse,
} from './client-messages.js';
import { cancellationOf } from './grpc-cancellation.js';
import { grpcSource } from './grpc-source.js';
import type { RegisterCall } from './register-sink.js';
import { openRegisterStream } from './register-stream.js';

const SERVICE = 'ClientService';

type UnaryCall = ServerUnaryCall<unknown, unknown>;

interface Wanted {
  objectId: string;
  type: string;
  method?: string;
  payload?: Uint8Array;
  clientId?: string;
  timeoutMs?: number;
}

/**
 * `goverse.client.ClientService`, the gRPC face of a gate (proto/client.proto). The application's global guards,
 * interceptors, pipes and filters run on it; the answers and the stream of `Register` are written by the gate itself.
 */
@Controller()
export class ClientController {
  constructor(
    private readonly calls: ClientCalls,
    private readonly streams: ClientStreams,
    private readonly connections: LiveConnections,
  ) {}

  @GrpcMethod(SERVICE, 'CallObject')
  async callObject(request: CallObjectRequest, metadata: Metadata, call: UnaryCall): Promise<CallObjectResponse> {
    const result = await this.execute('call', request, metadata, call);
    return { payload: wireBytes(result) };
  }

  @GrpcMethod(SERVICE, 'CreateObject')
  async createObject(request: CreateObjectRequest, metadata: Metadata, call: UnaryCall): Promise<CreateObjectResponse> {
    const result = await this.execute('create', request, metadata, call);
    return { objectId: request.objectId, created: result.created ?? false };
  }

  @GrpcMethod(SERVICE, 'DeleteObject')
  async deleteObject(request: DeleteObjectRequest, metadata: Metadata, call: UnaryCall): Promise<DeleteObjectResponse> {
    await this.execute('delete', request, metadata, call);
    return {};
  }

  @GrpcMethod(SERVICE, 'Register')
  async register(request: RegisterRequest, metadata: Metadata, call: RegisterCall): Promise<typeof STREAM_OPENED> {
    const resume = { token: request.resumeToken, received: request.received };
    const { streams, connections } = this;
    await openRegisterStream(streams, metadata, call, greeting, { resume, connections });
    return STREAM_OPENED;
  }

  private execute(verb: CallVerb, wanted: Wanted, metadata: Metadata, call: UnaryCall): Promise<CallResult> {
    return this.calls.execute({
      verb,
      objectId: wanted.objectId,
      type: wanted.type || undefined,
      method: wanted.method ?? '',
      payload: { kind: 'opaque', bytes: wanted.payload ?? EMPTY_BYTES },
      callId: uniqueId(),
      timeoutMs: wanted.timeoutMs,
      deadline: Number(call.getDeadline()),
      source: grpcSource(metadata, call.getPeer(), wanted.clientId),
      cancellation: cancellationOf(call),
    });
  }
}

function greeting({ id, token, resumed }: ClientProxy): RegisterResponse {
  return { clientId: id, token, resumed };
}
