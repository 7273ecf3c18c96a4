import { GoverseError, goverseError } from '../core/index.js';
import { readPayload, writePayload } from './link-call-codec.js';
import type { ResultFrame } from './link-frames.js';

/** A longer message says no more; an error must fit beside the payloads of its frame. */
export const MESSAGE_CHARS_LIMIT = 8 * 1024;
const DETAILS_BYTES_LIMIT = 24 * 1024;

/** `goverse.LinkResult` as protobufjs sees it. */
export interface WireResult {
  seq: number;
  kind?: number;
  payload?: Uint8Array;
  created?: boolean;
  error?: WireLinkError;
}

export interface WireLinkError {
  reason: string;
  code: number;
  message: string;
  detailsJson: string;
  retryable: boolean;
}

export function toWireResult(frame: ResultFrame): WireResult {
  if ('error' in frame) return { seq: frame.seq, error: toWireError(frame.error) };
  const wire: WireResult = { seq: frame.seq };
  writePayload(wire, frame.result.payload);
  if (frame.result.created) wire.created = true;
  return wire;
}

export function fromWireResult(wire: Required<WireResult>): ResultFrame {
  const { seq } = wire;
  if (wire.error) return { seq, error: fromWireError(wire.error) };
  const payload = readPayload(wire.kind, wire.payload);
  if (!payload)
    return {
      seq,
      error: goverseError('OUTCOME_UNKNOWN', `The call ran, but its result has the unknown payload kind ${wire.kind}`),
    };
  return { seq, result: { payload, created: wire.created } };
}

function toWireError(error: GoverseError): WireLinkError {
  const { reason, code, message, retryable, details } = error.toWire();
  return { reason, code, message: cut(message), detailsJson: detailsJson(details), retryable };
}

function fromWireError(wire: WireLinkError): GoverseError {
  const { reason, code, message, retryable } = wire;
  return GoverseError.fromWire({ reason, code, message, retryable, details: parseDetails(wire.detailsJson) });
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
