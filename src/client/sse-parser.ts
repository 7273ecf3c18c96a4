/** One event of a `text/event-stream`. */
export interface SseEvent {
  /** `message` if the stream gives no name. */
  readonly event: string;
  readonly data: string;
  /** The last id the stream gave; empty if none. */
  readonly id: string;
}

/**
 * Reads a `text/event-stream` piece by piece, wherever the pieces are cut.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseParser {
  private readonly decoder = new TextDecoder();
  private rest = '';
  private event = '';
  private data: string[] = [];
  private id = '';

  /** The events that are complete with this piece. */
  push(bytes: Uint8Array): SseEvent[] {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split(LINE_END);
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.takeLine(line) ?? []);
  }

  private takeLine(line: string): SseEvent | undefined {
    if (line === '') return this.complete();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.event = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    return undefined;
  }

  private complete(): SseEvent | undefined {
    const { event, data, id } = this;
    this.event = '';
    this.data = [];
    return data.length === 0 ? undefined : { event: event || 'message', data: data.join('\n'), id };
  }
}

// A carriage return at the end of a piece waits: a line feed that belongs to it may come with the next one.
const LINE_END = /\r\n|\n|\r(?!$)/;
