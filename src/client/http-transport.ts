import { GoverseError, goverseError } from '../core/errors.js';
import type { ClientSettings } from './client-options.js';
import { errorOfResponse } from './problem-document.js';
import type { SseEvent } from './sse-parser.js';
import { SseParser } from './sse-parser.js';
import type { ClientRequest, Push, Registration, StreamListener, Transport } from './transport.js';
import { Watchdog } from './watchdog.js';

const VERBS = { call: 'POST', create: 'PUT', delete: 'DELETE' } as const;

/** The HTTP face of a gate: server-sent events for pushes, one request per call. Runs in browsers and in Node. */
export class HttpTransport implements Transport {
  private readonly base: string;
  private registration: Registration | undefined;

  constructor(
    gate: URL,
    private readonly settings: ClientSettings,
    private readonly authorization: string | undefined,
  ) {
    this.base = `${gate.origin}${gate.pathname.replace(/\/$/, '')}`;
  }

  async stay(listener: StreamListener, signal: AbortSignal): Promise<GoverseError> {
    const broken = new AbortController();
    const abort = () => broken.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const watchdog = new Watchdog(this.settings.silenceMs, () =>
      broken.abort(silent(this.base, this.settings.silenceMs)),
    );
    try {
      const response = await this.fetch('GET', '/v1/events', { accept: 'text/event-stream' }, undefined, broken.signal);
      if (!response.ok || !response.body) throw await errorOfResponse(response);
      await this.read(response.body, watchdog, listener);
      if (!this.registration)
        throw goverseError('NOT_READY', `The gate ${this.base} ended the stream before it registered this client`);
      return goverseError('NOT_READY', `The gate ${this.base} ended the stream`);
    } catch (error) {
      const reason = reasonOf(error, broken.signal) ?? unreachable(this.base, error);
      if (this.registration) return reason;
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
      const { status, body } = await this.send(request, signal);
      if (request.verb === 'delete' || status === 204 || body === '') return undefined;
      const result: unknown = JSON.parse(body);
      return request.verb === 'create' ? (result as { id: string }).id : result;
    } catch (error) {
      const known = reasonOf(error, signal);
      if (known) throw known;
      throw neverSent(error) ? unreachable(this.base, error) : outcomeUnknown(request, error);
    }
  }

  close(): void {
    // Nothing to give back: `fetch` owns its connections, the stream ends with its signal.
  }

  private async send(request: ClientRequest, signal: AbortSignal): Promise<{ status: number; body: string }> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (request.argument !== undefined) headers['content-type'] = 'application/json';
    headers['x-timeout-ms'] = String(Math.ceil(request.timeoutMs));
    if (this.registration) {
      headers['x-client-id'] = this.registration.clientId;
      headers['x-client-token'] = this.registration.token;
    }
    const response = await this.fetch(VERBS[request.verb], pathOf(request), headers, request.argument, signal);
    if (!response.ok) throw await errorOfResponse(response);
    return { status: response.status, body: await response.text() };
  }

  private fetch(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    if (this.authorization !== undefined) headers['authorization'] = this.authorization;
    const init: RequestInit = { method, headers, signal };
    if (body !== undefined) init.body = body;
    return globalThis.fetch(`${this.base}${path}`, init);
  }

  private async read(body: ReadableStream<Uint8Array>, watchdog: Watchdog, listener: StreamListener): Promise<void> {
    const parser = new SseParser();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      watchdog.feed();
      for (const event of parser.push(value)) this.take(event, listener);
    }
  }

  private take({ event, data }: SseEvent, listener: StreamListener): void {
    if (event === 'register') {
      this.registration = JSON.parse(data) as Registration;
      listener.registered(this.registration);
    } else if (event === 'message' && this.registration) {
      listener.pushed(JSON.parse(data) as Push);
    }
  }
}

function pathOf({ verb, objectId, method, type }: ClientRequest): string {
  const object = `/v1/objects/${encodeURIComponent(objectId)}`;
  const path = verb === 'call' ? `${object}/${encodeURIComponent(method)}` : object;
  return type === '' ? path : `${path}?type=${encodeURIComponent(type)}`;
}

/** What is already known about a failure: the error of the gate, or why this side gave up. */
function reasonOf(error: unknown, signal: AbortSignal): GoverseError | undefined {
  if (error instanceof GoverseError) return error;
  return signal.aborted && signal.reason instanceof GoverseError ? signal.reason : undefined;
}

const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Browsers do not tell; there every failure leaves the outcome unknown. */
function neverSent(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return typeof cause?.code === 'string' && UNSENT.has(cause.code);
}

function unreachable(gate: string, cause: unknown): GoverseError {
  return goverseError('NOT_READY', `The gate ${gate} cannot be reached: ${textOf(cause)}`, { cause });
}

function silent(gate: string, ms: number): GoverseError {
  return goverseError('NOT_READY', `The gate ${gate} has been silent for ${ms} ms`);
}

function outcomeUnknown({ verb, objectId, method }: ClientRequest, cause: unknown): GoverseError {
  const what = verb === 'call' ? `${objectId}.${method}` : `the ${verb} of ${objectId}`;
  return goverseError(
    'OUTCOME_UNKNOWN',
    `The connection broke before ${what} was answered; it may have run: ${textOf(cause)}`,
    { cause },
  );
}

function textOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof Error && cause.message !== '') return cause.message;
  return error instanceof Error ? error.message : String(error);
}
