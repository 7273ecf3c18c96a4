import protobuf from 'protobufjs';
import type { AdoptAnswer, AdoptState, GateIntroduction, ParkedClient, ParkedPush } from './client-parking.js';

/** An Any as the loader of proto-files.ts has it. */
interface WireAny {
  readonly type_url: string;
  readonly value: Buffer;
}

interface WirePush {
  readonly seq: number;
  readonly at: number;
  readonly message: WireAny | null;
}

export interface WireParkedClient extends Omit<ParkedClient, 'pushes'> {
  readonly pushes: readonly WirePush[];
}

export interface WireAdoptAnswer {
  readonly state: number;
  readonly client: WireParkedClient | null;
  readonly pushes: readonly WirePush[];
}

export interface AdoptRequest {
  readonly clientId: string;
  /** Of the gate that asks. */
  readonly gateAddr: string;
  readonly clientTag: string;
  /** Only the state is told, nothing is changed. */
  readonly askOnly: boolean;
  /** Another node has given the client to this gate: it is there, whatever this node knows of it. */
  readonly decided: boolean;
  /** Second call: the node is to push to this gate from now on, first what it kept beside what `received` counts. */
  readonly settled: boolean;
  /** So many of the pushes that were kept have come with the answer. */
  readonly received: number;
}

export interface ReleaseRequest {
  readonly gateAddr: string;
  readonly clientIds: readonly string[];
}

export interface WireGateIntroduction {
  readonly gateAddr: string;
  readonly clientTag: string;
  readonly resumeWindowMs: number;
  readonly adoptedClientIds: readonly string[];
}

const STATES: readonly AdoptState[] = ['unknown', 'record', 'lost', 'held', 'leaving'];

const anyType = new protobuf.Type('Any')
  .add(new protobuf.Field('type_url', 1, 'string'))
  .add(new protobuf.Field('value', 2, 'bytes'));
new protobuf.Root().add(anyType);

export function toWireClient(client: ParkedClient): WireParkedClient {
  return { ...client, pushes: client.pushes.map(toWirePush) };
}

export function fromWireClient(client: WireParkedClient): ParkedClient {
  return { ...client, pushes: client.pushes.map(fromWirePush) };
}

export function toWireAnswer({ state, client, pushes }: AdoptAnswer): WireAdoptAnswer {
  return {
    state: STATES.indexOf(state),
    client: client ? toWireClient(client) : null,
    pushes: pushes.map(toWirePush),
  };
}

export function fromWireAnswer({ state, client, pushes }: WireAdoptAnswer): AdoptAnswer {
  return {
    state: STATES[state] ?? 'unknown',
    client: client ? fromWireClient(client) : undefined,
    pushes: pushes.map(fromWirePush),
  };
}

export function fromWireIntroduction(wire: WireGateIntroduction): GateIntroduction {
  const { gateAddr: address, clientTag: tag, resumeWindowMs: windowMs, adoptedClientIds: adopted } = wire;
  return { address, tag, windowMs, adopted };
}

function toWirePush({ seq, at, message }: ParkedPush): WirePush {
  return { seq, at, message: anyType.decode(message) as unknown as WireAny };
}

function fromWirePush({ seq, at, message }: WirePush): ParkedPush {
  return { seq, at, message: message ? anyType.encode(message).finish() : new Uint8Array() };
}
