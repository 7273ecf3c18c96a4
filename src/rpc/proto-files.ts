import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Options, PackageDefinition } from '@grpc/proto-loader';
import protobuf from 'protobufjs';

/** The protobuf files of the contract (docs/wire.md), in `proto/` at the root of the package. */
export const PROTO_FILES = ['goverse.proto', 'client.proto', 'gate.proto'] as const;

/**
 * How messages look in JavaScript, the same everywhere: camelCase fields, 64-bit integers as numbers (ids and
 * revisions stay below 2^53), enums as numbers, bytes as `Buffer`, absent scalar fields filled with their default.
 */
export const PROTO_LOADER_OPTIONS: Options = {
  keepCase: false,
  longs: Number,
  defaults: true,
  oneofs: true,
};

/** The services of the contract, ready for `grpc.Server.addService` and `makeGenericClientConstructor`. */
export interface ProtoServices {
  /** `goverse.Goverse`: between nodes, and gate to node. */
  readonly goverse: ServiceDefinition;
  /** `goverse.client.ClientService`: what a gate offers to clients. */
  readonly client: ServiceDefinition;
  /** `gate.GateService`: the face of a gate towards existing GoVerse clients. */
  readonly gate: ServiceDefinition;
  /** Everything the files define, as `@grpc/reflection` wants it. */
  readonly packageDefinition: PackageDefinition;
}

/** Absolute path of `proto/`: beside `src/` in the repository, beside `dist/` in the package. */
export function protoDirectory(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, 'proto');
    if (existsSync(join(candidate, PROTO_FILES[0]))) return candidate;
    if (folder === dirname(folder)) {
      throw new Error(
        `The folder proto/ with ${PROTO_FILES.join(', ')} is missing above ${start}; install nestjs-goverse again`,
      );
    }
  }
}

/** Absolute path of one file of the contract. */
export function protoPath(file: (typeof PROTO_FILES)[number]): string {
  return join(protoDirectory(), file);
}

let loaded: ProtoServices | undefined;

/** The contract for grpc-js; read once. */
export function loadProto(): ProtoServices {
  return (loaded ??= readProto());
}

function readProto(): ProtoServices {
  const packageDefinition = loadSync(PROTO_FILES.map(protoPath), PROTO_LOADER_OPTIONS);
  return {
    goverse: packageDefinition['goverse.Goverse'] as ServiceDefinition,
    client: packageDefinition['goverse.client.ClientService'] as ServiceDefinition,
    gate: packageDefinition['gate.GateService'] as ServiceDefinition,
    packageDefinition,
  };
}

/** Loads `goverse.proto` for protobufjs: the message types behind our own serialisers. */
export function loadGoverseTypes(): protobuf.Root {
  const root = new protobuf.Root();
  return root.loadSync(protoPath('goverse.proto')).resolveAll() as protobuf.Root;
}
