import type { GrpcCode } from '../../core/index.js';
import { GoverseError } from '../../core/index.js';

/** A refusal that only HTTP knows: its status is not the one of the gRPC code. */
export class HttpRefusal extends GoverseError {
  private constructor(
    private readonly status: number,
    facts: { reason: string; code: GrpcCode; message: string },
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(facts);
  }

  override get httpStatus(): number {
    return this.status;
  }

  static notFound(path: string): HttpRefusal {
    return new HttpRefusal(404, { reason: 'NOT_FOUND', code: 'UNIMPLEMENTED', message: `There is nothing at ${path}` });
  }

  static methodNotAllowed(method: string, path: string, allowed: readonly string[]): HttpRefusal {
    const message = `${method} is not allowed at ${path}; use ${allowed.join(' or ')}`;
    return new HttpRefusal(
      405,
      { reason: 'METHOD_NOT_ALLOWED', code: 'UNIMPLEMENTED', message },
      { allow: allowed.join(', ') },
    );
  }

  static unsupportedMediaType(contentType: string | undefined): HttpRefusal {
    const message = `A body must be application/json, or application/octet-stream for methods declared with a protobuf message; not ${contentType ?? 'untyped'}`;
    return new HttpRefusal(415, { reason: 'UNSUPPORTED_MEDIA_TYPE', code: 'INVALID_ARGUMENT', message });
  }

  /** Of bytes that are no HTTP request, came too slowly, or have too large a header. */
  static unreadable(status: 400 | 408 | 431, why: string): HttpRefusal {
    const message = `The request cannot be read: ${why}`;
    return new HttpRefusal(status, { reason: 'INVALID_ARGUMENT', code: 'INVALID_ARGUMENT', message });
  }

  /** Source of the header: RFC 9110, 12.5.3. */
  static unsupportedCoding(coding: string): HttpRefusal {
    const message = `A body must come as it is, without the content coding ${coding}`;
    return new HttpRefusal(
      415,
      { reason: 'UNSUPPORTED_MEDIA_TYPE', code: 'INVALID_ARGUMENT', message },
      { 'accept-encoding': 'identity' },
    );
  }
}
