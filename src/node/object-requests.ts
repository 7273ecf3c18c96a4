import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { CallResult, CallVerb, Clock, ObjectCall } from '../core/index.js';
import { goverseError, newObjectId, parseClientId, uniqueId } from '../core/index.js';
import { DEFAULT_TIMEOUT_MS } from '../routing/index.js';
import type { WireAny } from '../rpc/index.js';
import { anyBytes, wireAny } from '../rpc/index.js';
import type { Member } from './member.js';

interface ObjectRequest {
  readonly id: string;
  readonly type: string;
  readonly method?: string;
  readonly request?: WireAny | null;
  readonly clientId?: string;
}

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline' | 'on' | 'cancelled'>;

/** The unary calls of `goverse.Goverse`, for any gRPC tool: every node answers for every object. */
export class ObjectRequests {
  constructor(private readonly member: () => Member) {}

  async call(request: ObjectRequest, call: Call): Promise<object> {
    if (!request.method) throw goverseError('INVALID_ARGUMENT', `The call to ${request.id} names no method`);
    const { payload } = await this.send('call', request.id, request, call);
    if (payload.kind !== 'any' || payload.bytes.length === 0) return {};
    return { response: wireAny(payload.bytes) };
  }

  /** An empty id asks for a new one: `<type>-<unique>`. */
  async create(request: ObjectRequest, call: Call): Promise<object> {
    const id = request.id || newObjectId(request.type);
    const { created } = await this.send('create', id, request, call);
    return { id, created: created ?? false };
  }

  async delete(request: ObjectRequest, call: Call): Promise<object> {
    await this.send('delete', request.id, request, call);
    return {};
  }

  private async send(verb: CallVerb, objectId: string, request: ObjectRequest, grpc: Call): Promise<CallResult> {
    const { type, method = '', clientId } = request;
    if (clientId) parseClientId(clientId);
    const cancellation = new AbortController();
    grpc.on('cancelled', () => cancellation.abort());
    const call: ObjectCall = {
      verb,
      objectId,
      type: type || undefined,
      method,
      payload: { kind: 'any', bytes: anyBytes(request.request) },
      callId: uniqueId(),
      chain: [],
      deadline: deadlineOf(grpc, this.member().clock),
      clientId: clientId || undefined,
      isFromClient: Boolean(clientId),
      idempotent: false,
    };
    return this.member().router.execute(call, cancellation.signal);
  }
}

function deadlineOf(call: Call, clock: Clock): number {
  const deadline = Number(call.getDeadline());
  return Number.isFinite(deadline) ? deadline : clock.now() + DEFAULT_TIMEOUT_MS;
}
