import type { MethodDefinition } from '@grpc/grpc-js';
import { loadProto } from './proto-files.js';

/** The calls of `goverse.Goverse` by which clients get from one gate to another. */
export type ParkingMethod = 'LeaveGate' | 'ParkClients' | 'AdoptClient' | 'ReleaseClients';

export interface ParkingCall {
  readonly path: string;
  readonly serialize: (request: object) => Buffer;
  readonly deserialize: (bytes: Buffer) => unknown;
}

let definitions: Readonly<Record<string, MethodDefinition<unknown, unknown>>> | undefined;

/** How a call is written and its answer read. The contract is loaded when the first one is made. */
export function parkingCall(method: ParkingMethod): ParkingCall {
  definitions ??= loadProto().goverse as Record<string, MethodDefinition<unknown, unknown>>;
  const { path, requestSerialize, responseDeserialize } = definitions[method] as MethodDefinition<unknown, unknown>;
  return { path, serialize: requestSerialize, deserialize: responseDeserialize };
}
