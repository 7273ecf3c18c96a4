import protobuf from 'protobufjs';
import { EMPTY_BYTES, StrictReader } from '../../core/index.js';
import { protoPath } from '../../rpc/index.js';
import type { ClientFrame, FrameRequest } from '../connect/client-frame.js';

interface WireRequest {
  objectId: string;
  type: string;
  method?: string;
  payload?: Uint8Array;
  clientId?: string;
  timeoutMs?: number;
}

interface WireFrame {
  seq: number;
  register?: { resumeToken: string; received: WireNumber; accessToken: string } | null;
  call?: WireRequest | null;
  create?: WireRequest | null;
  delete?: WireRequest | null;
  cancel?: object | null;
  ack?: { pushSeq: WireNumber } | null;
  ping?: object | null;
  /** Which of the fields above came last. */
  frame?: Exclude<keyof WireFrame, 'seq' | 'frame'>;
}

type WireNumber = number | { toNumber(): number };

const root = new protobuf.Root().loadSync(protoPath('client.proto')).resolveAll() as protobuf.Root;
const clientFrame = root.lookupType('goverse.client.ClientFrame');

/** Throws on bytes that are no `ClientFrame`; unknown fields are skipped. Payloads are views of `bytes`, not copies. */
export function decodeClientFrame(bytes: Uint8Array): ClientFrame {
  const wire = clientFrame.decode(new StrictReader(bytes)) as unknown as WireFrame;
  const { seq, frame } = wire;
  switch (frame) {
    case 'call':
    case 'create':
    case 'delete':
      return { kind: frame, seq, request: requestOf(wire[frame] as WireRequest), payloadKind: 'opaque' };
    case 'register': {
      const { resumeToken, received, accessToken } = wire.register as NonNullable<WireFrame['register']>;
      return { kind: 'register', seq, resumeToken, received: Number(received), accessToken };
    }
    case 'ack':
      return { kind: 'ack', seq, pushSeq: Number(wire.ack?.pushSeq) };
    case 'cancel':
      return { kind: 'cancel', seq };
    case 'ping':
      return { kind: 'ping', seq };
    case undefined:
      return { kind: 'unreadable', seq, why: 'The frame holds nothing this gate knows' };
  }
}

function requestOf({ objectId, type, method = '', payload, clientId = '', timeoutMs = 0 }: WireRequest): FrameRequest {
  // protobufjs gives a plain array for an absent field.
  return {
    objectId,
    type,
    method,
    payload: payload && payload.length > 0 ? payload : EMPTY_BYTES,
    clientId,
    timeoutMs,
  };
}
