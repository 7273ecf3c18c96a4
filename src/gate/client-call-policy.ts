import type { ObjectCall, ParsedObjectId } from '../core/index.js';
import type { ClientConnection } from '../config/index.js';
import { goverseError, parseObjectId } from '../core/index.js';
import { tellRefusal } from '../observability/index.js';

export interface ClientCallPolicyOptions {
  readonly shards: number;
  readonly maxPayloadBytes: number;
  readonly clientPlacedIds: 'allow' | 'deny';
}

/** What a gate refuses before a call leaves it. */
export class ClientCallPolicy {
  constructor(private readonly options: ClientCallPolicyOptions) {}

  /** Throws the error for the client, or returns what the id says. */
  check(call: ObjectCall, connection: ClientConnection): ParsedObjectId {
    const parsed = parseObjectId(call.objectId, this.options.shards, call.type);
    if (call.verb === 'call' && call.method === '') {
      throw goverseError('INVALID_ARGUMENT', `The call to ${call.objectId} names no method`);
    }
    this.checkPlacement(call.objectId);
    this.checkSize(call, connection);
    return parsed;
  }

  /** Every id with a slash is placed by its caller: `shard#<n>/...` or `<host:port>/...`. */
  private checkPlacement(objectId: string): void {
    if (this.options.clientPlacedIds === 'allow' || !objectId.includes('/')) return;
    throw goverseError(
      'ACCESS_DENIED',
      `Clients of this gate may not choose where an object lives; use ${JSON.stringify(objectId.slice(objectId.indexOf('/') + 1))} without the part before the slash`,
    );
  }

  private checkSize(call: ObjectCall, connection: ClientConnection): void {
    const size = call.payload.kind === 'value' ? 0 : call.payload.bytes.length;
    if (size <= this.options.maxPayloadBytes) return;
    tellRefusal({ limit: 'maxPayloadBytes', ...connection });
    throw goverseError(
      'PAYLOAD_TOO_LARGE',
      `The payload for ${call.objectId} has ${size} bytes, more than ${this.options.maxPayloadBytes} (maxPayloadBytes)`,
    );
  }
}
