/** Reads a serialised `google.protobuf.Any` as clients that speak JSON see it. */
export type PushReader = (any: Uint8Array) => { readonly type: string; readonly data: unknown };

/** One pushed message on its way to any number of clients; each encoding is made once, when the first client needs it. */
export class PushedMessage {
  private text: Buffer | undefined;

  constructor(
    /** The serialised `google.protobuf.Any`. */
    readonly any: Uint8Array,
    private readonly read: PushReader,
  ) {}

  /** The `message` event without its id: `event` and `data` lines and the blank line that ends it. */
  get sseEvent(): Buffer {
    this.text ??= Buffer.from(`event: message\ndata: ${this.json()}\n\n`);
    return this.text;
  }

  private json(): string {
    try {
      const { type, data } = this.read(this.any);
      return JSON.stringify({ type, data: data ?? null });
    } catch {
      // A node of another version sent what this gate cannot read; its clients may know it all the same.
      return JSON.stringify({ type: '', data: Buffer.from(this.any).toString('base64') });
    }
  }
}
