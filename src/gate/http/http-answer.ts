/** A successful answer, as handlers hand it to the HTTP face. */
export class HttpAnswer {
  private constructor(
    readonly status: number,
    readonly contentType: string | undefined,
    readonly body: Uint8Array | string | undefined,
  ) {}

  /** 200 with the result, 204 when there is none. */
  static result(bytes: Uint8Array, contentType: string): HttpAnswer {
    return bytes.length === 0 ? HttpAnswer.noContent() : new HttpAnswer(200, contentType, bytes);
  }

  static json(status: number, value: object): HttpAnswer {
    return new HttpAnswer(status, 'application/json', JSON.stringify(value));
  }

  static noContent(): HttpAnswer {
    return new HttpAnswer(204, undefined, undefined);
  }
}
