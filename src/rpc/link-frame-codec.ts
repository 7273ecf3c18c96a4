import { EMPTY_BYTES } from '../core/index.js';
import { readCall, writeCall } from './link-call-codec.js';
import type {
  CallFrame,
  EnvelopeReport,
  LinkFrame,
  LinkHello,
  LinkPart,
  LinkRole,
  PushFailure,
  ReceivedCall,
  ResultFrame,
} from './link-frames.js';
import { readResult, writeResult } from './link-result-codec.js';
import { WireReader } from './wire-reader.js';
import { WireWriter } from './wire-writer.js';

/** Tags of `goverse.LinkFrame`: field number and wire type as they stand on the wire. */
const enum Tag {
  hello = 10,
  calls = 18,
  results = 26,
  cancels = 34,
  push_reports = 42,
  ping = 48,
  pong = 56,
  going_away = 64,
  part = 74,
}

const ROLES: readonly (LinkRole | undefined)[] = [undefined, 'node', 'gate'];

/**
 * Frames of one Link on the wire: `goverse.LinkFrame` of proto/goverse.proto, written and read by hand because every
 * call between processes goes through here. Not to be shared while one of its methods runs.
 */
export class LinkFrameCodec {
  private readonly writer = new WireWriter();
  private readonly reader = new WireReader();

  /**
   * What is sent: unreadable calls only ever arrive. `now` turns deadlines into the time that is left. So many
   * `headBytes` in front of the frame are left to whoever writes it.
   */
  encode(frame: LinkFrame, now: number, headBytes = 0): Buffer {
    const writer = this.writer.reset(headBytes);
    if (frame.hello) writeHello(writer, frame.hello);
    for (const call of frame.calls) {
      if (!('call' in call)) continue;
      const begin = writer.open(2);
      writeCall(writer, call, now);
      writer.close(begin);
    }
    for (const result of frame.results) {
      const begin = writer.open(3);
      writeResult(writer, result);
      writer.close(begin);
    }
    for (const seq of frame.cancels) {
      const begin = writer.open(4);
      writer.number(1, seq);
      writer.close(begin);
    }
    for (const report of frame.pushReports) writeReport(writer, report);
    writer.number(6, frame.ping ?? 0);
    writer.number(7, frame.pong ?? 0);
    writer.flag(8, frame.goingAway);
    if (frame.part) writePart(writer, frame.part);
    return writer.finish();
  }

  /** A call as a message of its own, to be sent in parts. */
  encodeCall(call: CallFrame, now: number): Buffer {
    const writer = this.writer.reset();
    writeCall(writer, call, now);
    return writer.finish();
  }

  /** A result as a message of its own, to be sent in parts. */
  encodeResult(result: ResultFrame): Buffer {
    const writer = this.writer.reset();
    writeResult(writer, result);
    return writer.finish();
  }

  decodeCall(bytes: Uint8Array, now: number): ReceivedCall {
    return readCall(this.reader, this.reader.reset(bytes), now);
  }

  decodeResult(bytes: Uint8Array): ResultFrame {
    return readResult(this.reader, this.reader.reset(bytes));
  }

  /** Throws on bytes that are no frame; unknown fields are skipped. Payloads are views of `bytes`, not copies. */
  decode(bytes: Uint8Array, now: number): LinkFrame {
    const { reader } = this;
    const end = reader.reset(bytes);
    const calls: ReceivedCall[] = [];
    const results: ResultFrame[] = [];
    const cancels: number[] = [];
    const pushReports: EnvelopeReport[] = [];
    let hello: LinkHello | undefined;
    let [ping, pong] = [0, 0];
    let goingAway = false;
    let part: LinkPart | undefined;
    while (reader.next(end)) {
      switch (reader.tag) {
        case Tag.hello:
          hello = readHello(reader, reader.length());
          break;
        case Tag.calls:
          calls.push(readCall(reader, reader.length(), now));
          break;
        case Tag.results:
          results.push(readResult(reader, reader.length()));
          break;
        case Tag.cancels:
          cancels.push(readCancel(reader, reader.length()));
          break;
        case Tag.push_reports:
          pushReports.push(readReport(reader, reader.length()));
          break;
        case Tag.ping:
          ping = reader.uint64();
          break;
        case Tag.pong:
          pong = reader.uint64();
          break;
        case Tag.going_away:
          goingAway = reader.flag();
          break;
        case Tag.part:
          part = readPart(reader, reader.length());
          break;
        default:
          reader.skip();
      }
    }
    return { hello, ping, pong, goingAway, calls, results, cancels, pushReports, part };
  }
}

/** Exact bytes of a call without its payload. */
export function callOverheadBytes({ seq, call, view }: CallFrame): number {
  const { payload } = call;
  const className = 'className' in payload ? payload.className : undefined;
  const empty = { kind: 'msgpack' as const, bytes: EMPTY_BYTES, ...(className && { className }) };
  const frame = {
    calls: [{ seq, call: { ...call, payload: empty }, view }],
    results: [],
    cancels: [],
    pushReports: [],
  };
  return new LinkFrameCodec().encode(frame, 0).length;
}

function writeHello(writer: WireWriter, hello: LinkHello): void {
  const begin = writer.open(1);
  writer.number(1, hello.protocol);
  writer.text(2, hello.address);
  writer.text(3, hello.startId);
  writer.number(4, ROLES.indexOf(hello.role));
  writer.number(5, hello.maxPayloadBytes);
  for (const method of hello.idempotentMethods) writer.element(6, method);
  writer.flag(7, hello.takesSocket);
  writer.text(8, hello.socketTicket);
  writer.flag(9, hello.takesParts);
  writer.close(begin);
}

function readHello(reader: WireReader, end: number): LinkHello {
  let [protocol, role, maxPayloadBytes] = [0, 0, 0];
  let [address, startId] = ['', ''];
  const idempotentMethods: string[] = [];
  let [takesSocket, takesParts] = [false, false];
  let socketTicket: string | undefined;
  while (reader.next(end)) {
    if (reader.tag === 8) protocol = reader.uint32();
    else if (reader.tag === 18) address = reader.text();
    else if (reader.tag === 26) startId = reader.text();
    else if (reader.tag === 32) role = reader.uint32();
    else if (reader.tag === 40) maxPayloadBytes = reader.uint64();
    else if (reader.tag === 50) idempotentMethods.push(reader.text());
    else if (reader.tag === 56) takesSocket = reader.flag();
    else if (reader.tag === 66) socketTicket = reader.text() || undefined;
    else if (reader.tag === 72) takesParts = reader.flag();
    else reader.skip();
  }
  // A role of a later version calls objects like a node does.
  return {
    protocol,
    address,
    startId,
    role: ROLES[role] ?? 'node',
    maxPayloadBytes,
    idempotentMethods,
    takesSocket,
    socketTicket,
    takesParts,
  };
}

function writePart(writer: WireWriter, { seq, bytes, last }: LinkPart): void {
  const begin = writer.open(9);
  writer.number(1, seq);
  writer.bytes(2, bytes);
  writer.flag(3, last);
  writer.close(begin);
}

function readPart(reader: WireReader, end: number): LinkPart {
  let seq = 0;
  let bytes: Uint8Array = EMPTY_BYTES;
  let last = false;
  while (reader.next(end)) {
    if (reader.tag === 8) seq = reader.uint32();
    else if (reader.tag === 18) bytes = reader.view();
    else if (reader.tag === 24) last = reader.flag();
    else reader.skip();
  }
  return { seq, bytes, last };
}

function readCancel(reader: WireReader, end: number): number {
  let seq = 0;
  while (reader.next(end)) {
    if (reader.tag === 8) seq = reader.uint32();
    else reader.skip();
  }
  return seq;
}

function writeReport(writer: WireWriter, { pushId, delivered, failed, more }: EnvelopeReport): void {
  const begin = writer.open(5);
  writer.number(1, pushId);
  writer.number(2, delivered);
  for (const { clientId, reason } of failed) {
    const failure = writer.open(3);
    writer.text(1, clientId);
    writer.text(2, reason);
    writer.close(failure);
  }
  writer.flag(4, more);
  writer.close(begin);
}

function readReport(reader: WireReader, end: number): EnvelopeReport {
  let [pushId, delivered] = [0, 0];
  let more = false;
  const failed: PushFailure[] = [];
  while (reader.next(end)) {
    if (reader.tag === 8) pushId = reader.uint64();
    else if (reader.tag === 16) delivered = reader.uint32();
    else if (reader.tag === 26) failed.push(readFailure(reader, reader.length()));
    else if (reader.tag === 32) more = reader.flag();
    else reader.skip();
  }
  return { pushId, delivered, failed, more };
}

function readFailure(reader: WireReader, end: number): PushFailure {
  let [clientId, reason] = ['', ''];
  while (reader.next(end)) {
    if (reader.tag === 10) clientId = reader.text();
    else if (reader.tag === 18) reason = reader.known();
    else reader.skip();
  }
  return { clientId, reason };
}
