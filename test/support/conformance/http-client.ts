import { RawEventStream } from '../raw-event-stream.js';
import type { RawEvent } from '../raw-event-stream.js';
import type { RawAnswer } from '../raw-http.js';
import { send } from '../raw-http.js';
import { Refused, running } from './protocol.js';
import type { RunningCall, Wanted } from './protocol.js';

/** What two HTTP surfaces have in common: headers, cancellation, the event stream. */
export class HttpClient {
  private stream: RawEventStream | undefined;
  private registered: { clientId: string; token: string } | undefined;

  constructor(
    private readonly http: string,
    private readonly eventsPath: string,
    private readonly authorization: string | undefined,
    private readonly refused: (answer: RawAnswer) => Refused,
  ) {}

  async send(
    method: string,
    path: string,
    body: string | undefined,
    { timeoutMs, clientId }: Wanted,
    signal?: AbortSignal,
  ) {
    const headers: Record<string, string> = {
      ...this.credentials(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(timeoutMs === undefined ? {} : { 'x-timeout-ms': String(timeoutMs) }),
      ...(clientId === undefined ? {} : { 'x-client-id': clientId }),
      ...(clientId !== undefined && clientId === this.registered?.clientId
        ? { 'x-client-token': this.registered.token }
        : {}),
    };
    const answer = await send(this.http, method, path, {
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
    if (answer.status >= 300) throw this.refused(answer);
    return answer;
  }

  start(
    method: string,
    path: string,
    body: string | undefined,
    wanted: Wanted,
    read: (answer: RawAnswer) => unknown,
  ): RunningCall {
    const leaving = new AbortController();
    return running(this.send(method, path, body, wanted, leaving.signal).then(read), () => leaving.abort());
  }

  async register(): Promise<string> {
    this.stream = await RawEventStream.open(this.http, this.credentials(), this.eventsPath);
    const status = Number(this.stream.statusLine.split(' ')[1]);
    if (status !== 200)
      throw this.refused(await send(this.http, 'GET', this.eventsPath, { headers: this.credentials() }));
    const { data } = await this.stream.next();
    this.registered = data as { clientId: string; token: string };
    return this.registered.clientId;
  }

  nextEvent(): Promise<RawEvent> {
    return this.stream!.next();
  }

  leave(): void {
    this.stream?.close();
  }

  private credentials(): Record<string, string> {
    return this.authorization === undefined ? {} : { authorization: this.authorization };
  }
}
