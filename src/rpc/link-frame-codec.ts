import { EMPTY_BYTES } from '../core/index.js';
import { fromWireCall, toWireCall } from './link-call-codec.js';
import type { WireCall } from './link-call-codec.js';
import type { EnvelopeReport, LinkFrame, LinkHello, LinkRole } from './link-frames.js';
import { fromWireResult, toWireResult } from './link-result-codec.js';
import type { WireResult } from './link-result-codec.js';
import { loadGoverseTypes } from './proto-files.js';
import { wholeNumber } from './wire-number.js';
import type { WireNumber } from './wire-number.js';

interface WireHello {
  protocol: number;
  address: string;
  startId: string;
  role: number;
  maxPayloadBytes: WireNumber;
  idempotentMethods: string[];
}

interface WireReport {
  pushId: WireNumber;
  delivered: number;
  failed: { clientId: string; reason: string }[];
  more: boolean;
}

interface WireFrame {
  hello?: WireHello | null;
  calls?: WireCall[];
  results?: WireResult[];
  cancels?: { seq: number }[];
  pushReports?: WireReport[];
  ping?: WireNumber;
  pong?: WireNumber;
  goingAway?: boolean;
}

const ROLES: readonly (LinkRole | undefined)[] = [undefined, 'node', 'gate'];
const frameType = loadGoverseTypes().lookupType('goverse.LinkFrame');

/** What is sent: unreadable calls only ever arrive. `now` turns deadlines into the time that is left. */
export function encodeFrame(frame: LinkFrame, now: number): Uint8Array {
  const wire: WireFrame = {};
  if (frame.hello) wire.hello = toWireHello(frame.hello);
  if (frame.ping) wire.ping = frame.ping;
  if (frame.pong) wire.pong = frame.pong;
  if (frame.goingAway) wire.goingAway = true;
  if (frame.calls.length > 0)
    wire.calls = frame.calls.flatMap((call) => ('call' in call ? [toWireCall(call, now)] : []));
  if (frame.results.length > 0) wire.results = frame.results.map(toWireResult);
  if (frame.cancels.length > 0) wire.cancels = frame.cancels.map((seq) => ({ seq }));
  if (frame.pushReports.length > 0) wire.pushReports = frame.pushReports.map(toWireReport);
  return frameType.encode(wire as Record<string, unknown>).finish();
}

/** Throws on bytes that are no frame; unknown fields are skipped. Payloads are views of `bytes`, not copies. */
export function decodeFrame(bytes: Uint8Array, now: number): LinkFrame {
  const wire = frameType.decode(bytes) as unknown as Required<WireFrame>;
  return {
    hello: wire.hello ? fromWireHello(wire.hello) : undefined,
    ping: wholeNumber(wire.ping),
    pong: wholeNumber(wire.pong),
    goingAway: wire.goingAway,
    calls: wire.calls.map((call) => fromWireCall(call as Required<WireCall>, now)),
    results: wire.results.map((result) => fromWireResult(result as Required<WireResult>)),
    cancels: wire.cancels.map(({ seq }) => seq),
    pushReports: wire.pushReports.map(fromWireReport),
  };
}

/** Exact bytes of a call without its payload. */
export function callOverheadBytes(frame: Parameters<typeof toWireCall>[0]): number {
  const wire = { ...toWireCall(frame, 0), payload: EMPTY_BYTES };
  return frameType.encode({ calls: [wire] }).finish().length;
}

function toWireHello(hello: LinkHello): WireHello {
  return { ...hello, role: ROLES.indexOf(hello.role), idempotentMethods: [...hello.idempotentMethods] };
}

function fromWireHello(wire: WireHello): LinkHello {
  const { protocol, address, startId } = wire;
  // A role of a later version calls objects like a node does.
  return {
    protocol,
    address,
    startId,
    role: ROLES[wire.role] ?? 'node',
    maxPayloadBytes: wholeNumber(wire.maxPayloadBytes),
    idempotentMethods: wire.idempotentMethods,
  };
}

function toWireReport({ pushId, delivered, failed, more }: EnvelopeReport): WireReport {
  return { pushId, delivered, failed: failed as { clientId: string; reason: string }[], more: more === true };
}

function fromWireReport(wire: WireReport): EnvelopeReport {
  const failed = wire.failed.map(({ clientId, reason }) => ({ clientId, reason }));
  return { pushId: wholeNumber(wire.pushId), delivered: wire.delivered, failed, more: wire.more };
}
