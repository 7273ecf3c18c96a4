import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { asBytes } from './peer-channel.js';
import type { ProtoServices } from './proto-files.js';

/**
 * `goverse.Goverse` for `addService`, with the two streams that do not go through the generated messages: `Link` hands
 * over encoded frames (`LinkServer.serve`), `RegisterGate` writes encoded envelopes (`encodeEnvelope`).
 */
export function goverseServiceDefinition(proto: ProtoServices): ServiceDefinition {
  const { Link, RegisterGate } = proto.goverse as Record<string, MethodDefinition<unknown, unknown>>;
  return {
    ...proto.goverse,
    Link: { ...(Link as MethodDefinition<Buffer, Buffer>), requestDeserialize: asBytes, responseSerialize: asBytes },
    RegisterGate: { ...(RegisterGate as MethodDefinition<unknown, Buffer>), responseSerialize: asBytes },
  } as ServiceDefinition;
}
