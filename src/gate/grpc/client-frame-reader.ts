import { WireReader } from '../../rpc/index.js';
import type { ClientFrame, RequestFrame } from '../connect/client-frame.js';
import { CALL, CREATE, DELETE, readRequest } from './request-reader.js';

/** Tags of `goverse.client.ClientFrame`: field number and wire type as they stand on the wire. */
const enum Tag {
  seq = 8,
  register = 18,
  call = 26,
  create = 34,
  delete = 42,
  cancel = 50,
  ack = 58,
  ping = 66,
}

/**
 * Reads frames of `Connect` streams (proto/client.proto) by hand: each is one call, and a stream may bring many at a time.
 * Not to be shared while it reads.
 */
export class ClientFrameReader {
  private readonly reader = new WireReader('strict');

  /** Throws on bytes that are no `ClientFrame`; unknown fields are skipped. Payloads are views of `bytes`, not copies. */
  read(bytes: Uint8Array): ClientFrame {
    const { reader } = this;
    const end = reader.reset(bytes);
    let seq = 0;
    // The last one counts.
    let frame: Unnumbered | undefined;
    while (reader.next(end)) {
      switch (reader.tag) {
        case Tag.seq:
          seq = reader.uint32();
          break;
        case Tag.register:
          frame = readRegister(reader, reader.length());
          break;
        case Tag.call:
          frame = { kind: 'call', request: readRequest(reader, reader.length(), CALL) };
          break;
        case Tag.create:
          frame = { kind: 'create', request: readRequest(reader, reader.length(), CREATE) };
          break;
        case Tag.delete:
          frame = { kind: 'delete', request: readRequest(reader, reader.length(), DELETE) };
          break;
        case Tag.cancel:
          frame = readEmpty('cancel', reader, reader.length());
          break;
        case Tag.ack:
          frame = { kind: 'ack', pushSeq: readAck(reader, reader.length()) };
          break;
        case Tag.ping:
          frame = readEmpty('ping', reader, reader.length());
          break;
        default:
          reader.skip();
      }
    }
    if (frame === undefined) return { kind: 'unreadable', seq, why: 'The frame holds nothing this gate knows' };
    if ('request' in frame) return { kind: frame.kind, seq, request: frame.request, payloadKind: 'opaque' };
    return { ...frame, seq };
  }
}

/** A frame whose number stands elsewhere. */
type Unnumbered =
  | Pick<RequestFrame, 'kind' | 'request'>
  | { readonly kind: 'register'; resumeToken: string; received: number; accessToken: string }
  | { readonly kind: 'cancel' | 'ping' }
  | { readonly kind: 'ack'; readonly pushSeq: number };

function readRegister(reader: WireReader, end: number): Unnumbered {
  let [resumeToken, accessToken] = ['', ''];
  let received = 0;
  while (reader.next(end)) {
    if (reader.tag === 10) resumeToken = reader.text();
    else if (reader.tag === 16) received = reader.uint64();
    else if (reader.tag === 26) accessToken = reader.text();
    else reader.skip();
  }
  return { kind: 'register', resumeToken, received, accessToken };
}

function readAck(reader: WireReader, end: number): number {
  let pushSeq = 0;
  while (reader.next(end)) {
    if (reader.tag === 8) pushSeq = reader.uint64();
    else reader.skip();
  }
  return pushSeq;
}

function readEmpty(kind: 'cancel' | 'ping', reader: WireReader, end: number): Unnumbered {
  while (reader.next(end)) reader.skip();
  return { kind };
}
