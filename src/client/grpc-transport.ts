import type { GoverseError } from '../core/errors.js';
import { goverseError } from '../core/errors.js';
import { ClientService } from './client-service.js';
import { callError, streamError } from './grpc-failure.js';
import type { ClientRequest, GetResumePoint, Registration, StreamListener, Transport } from './transport.js';
import { describeRequest } from './transport.js';

/** The gRPC face of a gate: `Register` and the calls over one connection. Node only. */
export class GrpcTransport implements Transport {
  private readonly service: ClientService;
  private registration: Registration | undefined;

  constructor(
    /** `host:port` */
    private readonly address: string,
    private readonly authorization: string | undefined,
  ) {
    this.service = new ClientService(address);
  }

  async stay(_resume: GetResumePoint, listener: StreamListener, signal: AbortSignal): Promise<GoverseError> {
    const stream = this.service.register(this.headers());
    const cancel = () => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      for await (const message of stream) this.take(message, listener);
      return this.ended();
    } catch (error) {
      const reason = signal.aborted ? (signal.reason as GoverseError) : streamError(error, this.address);
      if (this.registration) return reason;
      throw reason;
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.cancel();
      this.service.close();
    }
  }

  async execute(request: ClientRequest, signal: AbortSignal): Promise<unknown> {
    const { verb, objectId, type, method, timeoutMs } = request;
    const payload = request.argument === undefined ? new Uint8Array() : new TextEncoder().encode(request.argument);
    const send = (name: 'CallObject' | 'CreateObject' | 'DeleteObject', fields: Record<string, unknown>) =>
      this.service.call(name, { objectId, type, ...fields }, this.headers(), timeoutMs, signal);
    try {
      if (verb === 'create') return (await send('CreateObject', { payload }))['objectId'];
      if (verb === 'delete') return void (await send('DeleteObject', {}));
      const { clientId = '' } = this.registration ?? {};
      return resultOf(await send('CallObject', { method, payload, clientId, timeoutMs: Math.ceil(timeoutMs) }));
    } catch (error) {
      throw callError(error, describeRequest(request));
    }
  }

  private take(message: Parameters<ClientService['readPush']>[0], listener: StreamListener): void {
    if (this.registration) return listener.pushed(this.service.readPush(message), 0);
    this.registration = this.service.readRegistration(message);
    if (!this.registration)
      throw goverseError(
        'NOT_READY',
        `What answers at ${this.address} is no gate: its stream began with ${message.type_url}`,
      );
    listener.registered(this.registration);
  }

  private ended(): GoverseError {
    const ended = goverseError('NOT_READY', `The gate ${this.address} ended the stream`);
    if (this.registration) return ended;
    throw ended;
  }

  private headers(): Record<string, string> {
    const { authorization, registration } = this;
    return {
      ...(authorization === undefined ? {} : { authorization }),
      ...(registration ? { 'x-client-id': registration.clientId, 'x-client-token': registration.token } : {}),
    };
  }
}

function resultOf({ payload }: Record<string, unknown>): unknown {
  const bytes = payload as Uint8Array;
  return bytes.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(bytes));
}
