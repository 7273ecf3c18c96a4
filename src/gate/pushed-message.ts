import { messageNameOf, unpackAny } from '../core/index.js';

const JSON_MESSAGE = 'goverse.JsonMessage';

/** Messages whose JSON is a value of its own; in an Any it stands under `value`. */
const WELL_KNOWN = 'google.protobuf.';

/** Reads a serialised `google.protobuf.Any` as clients that speak JSON see it. */
export type PushReader = (any: Uint8Array) => { readonly type: string; readonly data: unknown };

/** One pushed message on its way to any number of clients; each encoding is made once, when the first client needs it. */
export class PushedMessage {
  private text: Buffer | undefined;
  /** A gate has one policy: the field is always the same. */
  private key: { readonly text: string | undefined } | undefined;
  private plainText: string | undefined;
  private anyText: string | undefined;
  private plainUtf8: Buffer | undefined;
  private anyUtf8: Buffer | undefined;
  private compatibleText: Buffer | undefined;

  constructor(
    /** The serialised `google.protobuf.Any`. */
    readonly any: Uint8Array,
    private readonly read: PushReader,
  ) {}

  /** The `message` event without its id: `event` and `data` lines and the blank line that ends it. */
  get sseEvent(): Buffer {
    this.text ??= Buffer.from(`event: message\ndata: ${this.json}\n\n`);
    return this.text;
  }

  /** The `message` event of the compatible stream, complete: type URL and the Any itself. */
  get compatibleSseEvent(): Buffer {
    const data = () => JSON.stringify({ type: this.typeUrl(), payload: Buffer.from(this.any).toString('base64') });
    this.compatibleText ??= Buffer.from(`event: message\ndata: ${data()}\n\n`);
    return this.compatibleText;
  }

  /** `{ type, data }` as JSON text. */
  get json(): string {
    return (this.plainText ??= this.writePlain());
  }

  /** The Any in the JSON of proto3. */
  get anyJson(): string {
    return (this.anyText ??= this.writeAny());
  }

  /** `json` in UTF-8. */
  get jsonBytes(): Buffer {
    return (this.plainUtf8 ??= Buffer.from(this.json));
  }

  /** `anyJson` in UTF-8. */
  get anyJsonBytes(): Buffer {
    return (this.anyUtf8 ??= Buffer.from(this.anyJson));
  }

  /**
   * Equal for messages of which only the newest matters: their type and, if one is named, the value of a field of their
   * data. Undefined if the data has no such field.
   */
  conflationKey(field?: string): string | undefined {
    this.key ??= { text: this.writeKey(field) };
    return this.key.text;
  }

  private writeKey(field: string | undefined): string | undefined {
    try {
      const { type, data } = this.read(this.any);
      if (field === undefined) return type;
      const value = (data as Record<string, unknown> | null)?.[field];
      return value === undefined ? undefined : JSON.stringify([type, value]);
    } catch {
      return undefined;
    }
  }

  private typeUrl(): string {
    try {
      return unpackAny(this.any).typeUrl;
    } catch {
      return '';
    }
  }

  private writePlain(): string {
    try {
      const { type, data } = this.read(this.any);
      return JSON.stringify({ type, data: data ?? null });
    } catch {
      // A node of another version sent what this gate cannot read; its clients may know it all the same.
      return JSON.stringify({ type: '', data: Buffer.from(this.any).toString('base64') });
    }
  }

  private writeAny(): string {
    const typeUrl = this.typeUrl();
    try {
      const { type, data } = this.read(this.any);
      if (messageNameOf(typeUrl) === JSON_MESSAGE) {
        const json = data === undefined ? '' : Buffer.from(JSON.stringify(data)).toString('base64');
        return JSON.stringify({ '@type': typeUrl, type, json });
      }
      if (type.startsWith(WELL_KNOWN)) return JSON.stringify({ '@type': typeUrl, value: data ?? null });
      return JSON.stringify({ '@type': typeUrl, ...(data as object) });
    } catch {
      return JSON.stringify({ '@type': typeUrl, value: Buffer.from(this.any).toString('base64') });
    }
  }
}
