import { EMPTY_BYTES, GoverseError, goverseError } from '../core/index.js';
import { payloadOf, writePayload } from './link-call-codec.js';
import type { ResultFrame } from './link-frames.js';
import type { WireReader } from './wire-reader.js';
import type { WireWriter } from './wire-writer.js';

/** A longer message says no more; an error must fit beside the payloads of its frame. */
export const MESSAGE_CHARS_LIMIT = 8 * 1024;
const DETAILS_BYTES_LIMIT = 24 * 1024;

/** Tags of `goverse.LinkResult`: field number and wire type as they stand on the wire. */
const enum Tag {
  seq = 8,
  kind = 16,
  payload = 26,
  created = 32,
  error = 42,
}

/** Tags of `goverse.LinkError`. */
const enum ErrorTag {
  reason = 10,
  code = 16,
  message = 26,
  details_json = 34,
  retryable = 40,
}

/** Writes a `goverse.LinkResult` (field numbers of proto/goverse.proto). */
export function writeResult(writer: WireWriter, frame: ResultFrame): void {
  writer.number(1, frame.seq);
  if ('error' in frame) return writeError(writer, frame.error);
  writePayload(writer, 2, frame.result.payload);
  writer.flag(4, frame.result.created);
}

/** Reads a `goverse.LinkResult` that ends there. */
export function readResult(reader: WireReader, end: number): ResultFrame {
  let [seq, kind] = [0, 0];
  let created = false;
  let bytes: Uint8Array = EMPTY_BYTES;
  let error: GoverseError | undefined;
  while (reader.next(end)) {
    switch (reader.tag) {
      case Tag.seq:
        seq = reader.uint32();
        break;
      case Tag.kind:
        kind = reader.uint32();
        break;
      case Tag.payload:
        bytes = reader.view();
        break;
      case Tag.created:
        created = reader.flag();
        break;
      case Tag.error:
        error = readError(reader, reader.length());
        break;
      default:
        reader.skip();
    }
  }
  if (error) return { seq, error };
  const payload = payloadOf(kind, bytes);
  if (payload) return { seq, result: { payload, created } };
  return {
    seq,
    error: goverseError('OUTCOME_UNKNOWN', `The call ran, but its result has the unknown payload kind ${kind}`),
  };
}

function writeError(writer: WireWriter, error: GoverseError): void {
  const { reason, code, message, retryable, details } = error.toWire();
  const begin = writer.open(5);
  writer.text(1, reason);
  writer.number(2, code);
  writer.text(3, cut(message));
  writer.text(4, detailsJson(details));
  writer.flag(5, retryable);
  writer.close(begin);
}

function readError(reader: WireReader, end: number): GoverseError {
  let code = 0;
  let [reason, message, json] = ['', '', ''];
  let retryable = false;
  while (reader.next(end)) {
    switch (reader.tag) {
      case ErrorTag.reason:
        reason = reader.known();
        break;
      case ErrorTag.code:
        code = reader.uint32();
        break;
      case ErrorTag.message:
        message = reader.text();
        break;
      case ErrorTag.details_json:
        json = reader.text();
        break;
      case ErrorTag.retryable:
        retryable = reader.flag();
        break;
      default:
        reader.skip();
    }
  }
  return GoverseError.fromWire({ reason, code, message, retryable, details: parseDetails(json) });
}

function cut(message: string): string {
  const short = message.length > MESSAGE_CHARS_LIMIT ? `${message.slice(0, MESSAGE_CHARS_LIMIT - 3)}...` : message;
  return short.toWellFormed();
}

/** Details that are no JSON, or too much of it, stay behind. */
export function detailsJson(details: unknown): string {
  if (details === undefined) return '';
  try {
    const json = JSON.stringify(details) ?? '';
    return Buffer.byteLength(json) > DETAILS_BYTES_LIMIT ? '' : json;
  } catch {
    return '';
  }
}

function parseDetails(json: string): unknown {
  if (json === '') return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
