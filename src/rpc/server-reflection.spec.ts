import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { Client, Server, ServerCredentials, credentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProto } from './proto-files.js';
import { addReflection } from './server-reflection.js';

/** `list_services: "*"` of a ServerReflectionRequest. */
const LIST_SERVICES = Buffer.from('\x3a\x01*');
/** `file_containing_symbol: "goverse.Goverse"`. */
const FILE_OF_SERVICE = Buffer.from('\x22\x0fgoverse.Goverse');

describe('server reflection', () => {
  let server: Server;
  let client: Client;

  beforeEach(async () => {
    server = new Server();
    addReflection(server, loadProto().packageDefinition, ['goverse.Goverse']);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  });

  afterEach(() => {
    client.close();
    server.forceShutdown();
  });

  function open(version: string): ClientDuplexStream<Buffer, Buffer> {
    const bytes = (message: Buffer): Buffer => message;
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    return client.makeBidiStreamRequest(path, bytes, bytes);
  }

  function ask(version: string, ...requests: Buffer[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const answers: string[] = [];
      const stream = open(version);
      stream.on('data', (answer: Buffer) => answers.push(answer.toString('latin1')));
      stream.on('end', () => resolve(answers));
      stream.on('error', reject);
      for (const request of requests) stream.write(request);
      stream.end();
    });
  }

  it.each(['v1', 'v1alpha'])('answers every request of a stream, also those that came first (%s)', async (version) => {
    const [services, file] = await ask(version, LIST_SERVICES, FILE_OF_SERVICE);
    expect(services).toContain('goverse.Goverse');
    expect(services).not.toContain('ClientService');
    expect(file).toContain('CallObjectRequest');
  });

  it('refuses a request that cannot be read, and goes on', async () => {
    const error = await ask('v1', Buffer.from([0xff])).catch((reason: unknown) => reason as ServiceError);
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await ask('v1', LIST_SERVICES)).toHaveLength(1);
  });
});
