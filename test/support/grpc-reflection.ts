import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import type { Client, ClientDuplexStream, GrpcObject, ServiceClientConstructor } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import protobuf from 'protobufjs';

/** The part of the reflection protocol that lists services. Source: grpc/reflection/v1/reflection.proto */
const REFLECTION = `
  syntax = "proto3";
  package grpc.reflection.v1;
  service ServerReflection { rpc ServerReflectionInfo(stream ServerReflectionRequest) returns (stream ServerReflectionResponse); }
  message ServerReflectionRequest { string host = 1; oneof message_request { string list_services = 7; } }
  message ServerReflectionResponse { string valid_host = 1; oneof message_response { ListServiceResponse list_services_response = 6; } }
  message ListServiceResponse { repeated ServiceResponse service = 1; }
  message ServiceResponse { string name = 1; }
`;

interface Listing {
  readonly list_services_response?: { readonly service?: { readonly name: string }[] };
}

/** Names of the services a server says it has, as `grpcurl list` shows them. */
export async function listServices(address: string): Promise<string[]> {
  const { root } = protobuf.parse(REFLECTION, { keepCase: true });
  const loaded = loadPackageDefinition(fromJSON(root.toJSON(), { keepCase: true }));
  const v1 = ((loaded['grpc'] as GrpcObject)['reflection'] as GrpcObject)['v1'] as GrpcObject;
  const client = new (v1['ServerReflection'] as ServiceClientConstructor)(address, credentials.createInsecure());
  try {
    const listing = await ask(client);
    return (listing.list_services_response?.service ?? []).map(({ name }) => name);
  } finally {
    client.close();
  }
}

function ask(client: Client): Promise<Listing> {
  const open = (
    client as unknown as { ServerReflectionInfo(): ClientDuplexStream<object, Listing> }
  ).ServerReflectionInfo.bind(client);
  return new Promise((resolve, reject) => {
    const stream = open();
    stream.on('data', (listing: Listing) => {
      resolve(listing);
      stream.end();
    });
    stream.on('error', reject);
    stream.on('end', () => reject(new Error('The server did not answer')));
    stream.write({ list_services: '*' });
  });
}
