/** A successful answer, as handlers hand it to the HTTP face. */
export class HttpAnswer {
  private constructor(
    readonly status: number,
    readonly contentType: string | undefined,
    readonly body: Uint8Array | string | undefined,
    /** Beside the type. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** 200 with the result, 204 when there is none. */
  static result(bytes: Uint8Array, contentType: string): HttpAnswer {
    return bytes.length === 0 ? HttpAnswer.noContent() : new HttpAnswer(200, contentType, bytes);
  }

  static json(status: number, value: object): HttpAnswer {
    return new HttpAnswer(status, 'application/json', JSON.stringify(value));
  }

  static html(text: string): HttpAnswer {
    return new HttpAnswer(200, 'text/html; charset=utf-8', text);
  }

  static noContent(): HttpAnswer {
    return new HttpAnswer(204, undefined, undefined);
  }

  /** The same answer with these headers. */
  with(headers: Readonly<Record<string, string>>): HttpAnswer {
    return new HttpAnswer(this.status, this.contentType, this.body, { ...this.headers, ...headers });
  }
}
