import type {
  MethodDefinition,
  Server,
  ServerDuplexStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { goverseError } from '../core/index.js';
import { grpcStatusOf } from './grpc-errors.js';

const SERVICES = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];
const METHOD = 'ServerReflectionInfo';

type Asked = ServerDuplexStream<Buffer, Buffer>;

/** A version of the service, as the library would have added it to the server. */
interface Reflection {
  readonly definition: MethodDefinition<object, object>;
  readonly answer: (stream: AnswerStream) => void;
}

/** What the library uses of a stream. */
interface AnswerStream {
  on(event: string, listener: (request: object) => void): unknown;
  write(response: object): void;
  end(): void;
}

/**
 * Adds server reflection, so that `grpcurl` finds the services; built when somebody first asks, as it reads every message
 * type, which would be a good part of the start of a process.
 * Source: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function addReflection(server: Server, types: PackageDefinition, services: string[]): void {
  let built: Promise<Map<string, Reflection>> | undefined;
  for (const service of SERVICES) {
    const path = `/${service}/${METHOD}`;
    const bytes = (message: Buffer): Buffer => message;
    const definition: MethodDefinition<Buffer, Buffer> = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    };
    const handler = (stream: Asked): void => {
      built ??= build(types, services);
      built.then(
        (versions) => serve(stream, versions.get(path)),
        (error: unknown) => stream.emit('error', grpcStatusOf(error)),
      );
    };
    server.addService({ [METHOD]: definition }, { [METHOD]: handler });
  }
}

/** By path. */
async function build(types: PackageDefinition, services: string[]): Promise<Map<string, Reflection>> {
  const { ReflectionService } = await import('@grpc/reflection');
  const versions = new Map<string, Reflection>();
  const addService = (definitions: ServiceDefinition, implementation: UntypedServiceImplementation): void => {
    const definition = definitions[METHOD] as MethodDefinition<object, object>;
    versions.set(definition.path, { definition, answer: implementation[METHOD] as Reflection['answer'] });
  };
  new ReflectionService(types, { services }).addToServer({ addService } as unknown as Server);
  return versions;
}

function serve(stream: Asked, version: Reflection | undefined): void {
  if (!version) {
    stream.emit('error', grpcStatusOf(goverseError('METHOD_NOT_FOUND', 'Reflection is not there in this version')));
    return;
  }
  const { definition, answer } = version;
  /** What cannot be read must not end the process. */
  const guarded = (listener: (request: object) => void) => (message: Buffer) => {
    try {
      listener(definition.requestDeserialize(message));
    } catch (error) {
      const failure = goverseError('INVALID_ARGUMENT', `The request cannot be answered: ${String(error)}`);
      stream.emit('error', grpcStatusOf(failure));
    }
  };
  answer({
    on: (event, listener) => stream.on(event, event === 'data' ? guarded(listener) : listener),
    end: () => stream.end(),
    write: (response) => stream.write(definition.responseSerialize(response)),
  });
}
