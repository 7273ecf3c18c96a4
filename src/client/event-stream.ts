import type { SseEvent } from './sse-parser.js';
import { SseParser } from './sse-parser.js';
import type { Push, Registration, StreamListener } from './transport.js';

/** Reads the body of `GET /v1/events` to its end. */
export class EventStream {
  private readonly parser = new SseParser();
  registration: Registration | undefined;

  constructor(
    private readonly listener: StreamListener,
    /** Something came. */
    private readonly onLife: () => void,
  ) {}

  async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.onLife();
      for (const event of this.parser.push(value)) this.take(event);
    }
  }

  private take({ event, data, id }: SseEvent): void {
    if (event === 'register') {
      const { clientId, token, resumed } = JSON.parse(data) as Partial<Registration>;
      this.registration = { clientId: clientId ?? '', token: token ?? '', resumed: resumed === true };
      this.listener.registered(this.registration);
    } else if (event === 'message' && this.registration) {
      this.listener.pushed(JSON.parse(data) as Push, Number(id) || 0);
    }
  }
}
