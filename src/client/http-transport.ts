import type { GoverseError } from '../core/errors.js';
import { goverseError, hasReason } from '../core/errors.js';
import type { ClientSettings } from './client-options.js';
import { EventStream } from './event-stream.js';
import { knownReason, requestError, unreachable } from './http-failure.js';
import { errorOfResponse } from './problem-document.js';
import type { ClientRequest, GetResumePoint, ResumePoint, StreamListener, Transport } from './transport.js';
import { Watchdog } from './watchdog.js';

const VERBS = { call: 'POST', create: 'PUT', delete: 'DELETE' } as const;

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** The HTTP face of a gate: server-sent events for pushes, one request per call. Runs in browsers and in Node. */
export class HttpTransport implements Transport {
  private readonly base: string;
  private events: EventStream | undefined;

  constructor(
    gate: URL,
    private readonly settings: ClientSettings,
    private authorization: string | undefined,
  ) {
    this.base = `${gate.origin}${gate.pathname.replace(/\/$/, '')}`;
  }

  async stay(resume: GetResumePoint, listener: StreamListener, signal: AbortSignal): Promise<GoverseError> {
    const broken = new AbortController();
    const abort = () => broken.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const watchdog = new Watchdog(this.settings.silenceMs, () => broken.abort(this.silent()));
    const events = (this.events = new EventStream(listener, () => watchdog.feed()));
    try {
      await events.read(await this.openStream(resume(), broken.signal));
      const early = events.registration ? '' : ' before it registered this client';
      throw goverseError('NOT_READY', `The gate ${this.base} ended the stream${early}`);
    } catch (error) {
      const reason = knownReason(error, broken.signal) ?? unreachable(this.base, error);
      if (events.registration) return reason;
      throw reason;
    } finally {
      watchdog.stop();
      signal.removeEventListener('abort', abort);
      // A stream that is only half read would keep its connection.
      broken.abort();
    }
  }

  async execute(request: ClientRequest, signal: AbortSignal): Promise<unknown> {
    try {
      const { status, body } = await this.sendAs(request, signal);
      if (request.verb === 'delete' || status === 204 || body === '') return undefined;
      const result: unknown = JSON.parse(body);
      return request.verb === 'create' ? (result as { id: string }).id : result;
    } catch (error) {
      throw knownReason(error, signal) ?? requestError(this.base, request, error);
    }
  }

  /** Sends it once more if the credentials have run out since the stream was opened: nothing has been executed then. */
  private async sendAs(request: ClientRequest, signal: AbortSignal): Promise<{ status: number; body: string }> {
    const { authorization } = this;
    try {
      return await this.send(request, signal);
    } catch (error) {
      if (!hasReason(error, 'UNAUTHENTICATED')) throw error;
      this.authorization = await this.settings.authorization();
      if (this.authorization === authorization) throw error;
      return this.send(request, signal);
    }
  }

  private async send(request: ClientRequest, signal: AbortSignal): Promise<{ status: number; body: string }> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (request.argument !== undefined) headers['content-type'] = 'application/json';
    headers['x-timeout-ms'] = String(Math.ceil(request.timeoutMs));
    const { registration } = this.events ?? {};
    if (registration) {
      headers['x-client-id'] = registration.clientId;
      headers['x-client-token'] = registration.token;
    }
    const method = VERBS[request.verb];
    const response = await this.fetch({ method, path: pathOf(request), headers, body: request.argument, signal });
    if (!response.ok) throw await errorOfResponse(response);
    return { status: response.status, body: await response.text() };
  }

  private async openStream(resume: ResumePoint | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (resume) headers['last-event-id'] = String(resume.received);
    const path = resume ? `/v1/events?token=${encodeURIComponent(resume.token)}` : '/v1/events';
    const response = await this.fetch({ method: 'GET', path, headers, signal });
    if (response.ok && response.body) return response.body;
    throw await errorOfResponse(response);
  }

  private fetch({ method, path, headers, body, signal }: Exchange): Promise<Response> {
    if (this.authorization !== undefined) headers['authorization'] = this.authorization;
    const init: RequestInit = { method, headers, signal };
    if (body !== undefined) init.body = body;
    return this.settings.fetch(`${this.base}${path}`, init);
  }

  private silent(): GoverseError {
    return goverseError('NOT_READY', `The gate ${this.base} has been silent for ${this.settings.silenceMs} ms`);
  }
}

function pathOf({ verb, objectId, method, type }: ClientRequest): string {
  const object = `/v1/objects/${encodeURIComponent(objectId)}`;
  const path = verb === 'call' ? `${object}/${encodeURIComponent(method)}` : object;
  return type === '' ? path : `${path}?type=${encodeURIComponent(type)}`;
}
