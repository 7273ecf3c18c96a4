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

  static notFound(path: string, reason = 'NOT_FOUND'): HttpRefusal {
    return new HttpRefusal(404, { reason, code: 'UNIMPLEMENTED', message: `There is nothing at ${path}` });
  }

  static methodNotAllowed(method: string, path: string, allowed: readonly string[]): HttpRefusal {
    const message = `${method} is not allowed at ${path}; use ${allowed.join(' or ')}`;
    return new HttpRefusal(
      405,
      { reason: 'METHOD_NOT_ALLOWED', code: 'UNIMPLEMENTED', message },
      { allow: allowed.join(', ') },
    );
  }

  /** Source: RFC 9110, 15.5.22. */
  static upgradeRequired(protocol: string): HttpRefusal {
    const message = `Here is nothing but a ${protocol}; ask for it with the header Upgrade`;
    return new HttpRefusal(
      426,
      { reason: 'UPGRADE_REQUIRED', code: 'FAILED_PRECONDITION', message },
      { upgrade: protocol, connection: 'upgrade' },
    );
  }

  static unsupportedMediaType(contentType: string | undefined): HttpRefusal {
    const message = `A body must be application/json, or application/octet-stream for methods declared with a protobuf message; not ${contentType ?? 'untyped'}`;
    return new HttpRefusal(415, { reason: 'UNSUPPORTED_MEDIA_TYPE', code: 'INVALID_ARGUMENT', message });
  }

  /** The client's request does not have the form its route wants. */
  static badRequest(reason: string, message: string): HttpRefusal {
    return new HttpRefusal(400, { reason, code: 'INVALID_ARGUMENT', message });
  }

  /** Of a body that is over the limit of `limit` bytes before all of it has been read. */
  static bodyTooLarge(limit: number): HttpRefusal {
    const message = `The body is larger than ${limit} bytes (maxPayloadBytes)`;
    return new HttpRefusal(413, { reason: 'PAYLOAD_TOO_LARGE', code: 'RESOURCE_EXHAUSTED', message });
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
