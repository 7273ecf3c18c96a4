import { loadPackageDefinition } from '@grpc/grpc-js';
import type { GrpcObject, ServiceClientConstructor } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import protobuf from 'protobufjs';

/**
 * The protocol as docs/wire.md describes it, written down a second time on purpose: what is tested against it does not
 * depend on the files of the project.
 */
const CLIENT = `
  syntax = "proto3";
  package goverse.client;
  service ClientService {
    rpc Register(RegisterRequest) returns (stream google.protobuf.Any);
    rpc CallObject(CallObjectRequest) returns (CallObjectResponse);
    rpc CreateObject(CreateObjectRequest) returns (CreateObjectResponse);
    rpc DeleteObject(DeleteObjectRequest) returns (DeleteObjectResponse);
    rpc Connect(stream ClientFrame) returns (stream ServerFrame);
  }
  message Nothing {}
  message Ack { uint64 push_seq = 1; }
  message ClientFrame {
    uint32 seq = 1;
    oneof frame {
      RegisterRequest register = 2; CallObjectRequest call = 3; CreateObjectRequest create = 4; DeleteObjectRequest delete = 5;
      Nothing cancel = 6; Ack ack = 7; Nothing ping = 8;
    }
  }
  message Result { bytes payload = 1; string object_id = 2; bool created = 3; }
  message Error { string reason = 1; uint32 code = 2; string message = 3; string details_json = 4; }
  message Push { uint64 push_seq = 1; google.protobuf.Any message = 2; }
  message GoingAway { uint32 reconnect_after_ms = 1; }
  message ServerFrame {
    uint32 seq = 1;
    oneof frame {
      RegisterResponse registered = 2; Result result = 3; Error error = 4; Push push = 5; GoingAway going_away = 6; Nothing pong = 7;
    }
  }
  message RegisterRequest { string resume_token = 1; uint64 received = 2; }
  message RegisterResponse { string client_id = 1; string token = 2; bool resumed = 3; }
  message CallObjectRequest {
    string object_id = 1; string method = 2; bytes payload = 3; string type = 4; string client_id = 5; uint32 timeout_ms = 6;
  }
  message CallObjectResponse { bytes payload = 1; }
  message CreateObjectRequest { string type = 1; string object_id = 2; bytes payload = 3; }
  message CreateObjectResponse { string object_id = 1; bool created = 2; }
  message DeleteObjectRequest { string type = 1; string object_id = 2; }
  message DeleteObjectResponse {}
`;

const GATE = `
  syntax = "proto3";
  package gate;
  service GateService {
    rpc Register(Empty) returns (stream google.protobuf.Any);
    rpc CallObject(CallObjectRequest) returns (CallObjectResponse);
    rpc CreateObject(CreateObjectRequest) returns (CreateObjectResponse);
    rpc DeleteObject(DeleteObjectRequest) returns (DeleteObjectResponse);
    rpc ReliableCallObject(ReliableCallObjectRequest) returns (ReliableCallObjectResponse);
  }
  message Empty {}
  message RegisterResponse { string client_id = 1; }
  message CallObjectRequest {
    string client_id = 1; string type = 2; string id = 3; string method = 4; google.protobuf.Any request = 5;
  }
  message CallObjectResponse { google.protobuf.Any response = 1; }
  message CreateObjectRequest { string type = 1; string id = 2; }
  message CreateObjectResponse { string id = 1; }
  message DeleteObjectRequest { string id = 1; string type = 2; }
  message DeleteObjectResponse {}
  message ReliableCallObjectRequest {
    string call_id = 1; string type = 2; string id = 3; string method = 4; google.protobuf.Any request = 5;
  }
  message ReliableCallObjectResponse { google.protobuf.Any response = 1; string error = 2; string status = 3; }
`;

const NODE = `
  syntax = "proto3";
  package goverse;
  service Goverse {
    rpc Status(Empty) returns (StatusResponse);
    rpc ListObjects(Empty) returns (ListObjectsResponse);
    rpc CallObject(CallObjectRequest) returns (CallObjectResponse);
    rpc CreateObject(CreateObjectRequest) returns (CreateObjectResponse);
    rpc DeleteObject(DeleteObjectRequest) returns (DeleteObjectResponse);
    rpc RegisterGate(RegisterGateRequest) returns (stream GateMessage);
  }
  message Empty {}
  message JsonMessage { string type = 1; bytes json = 2; }
  message StatusResponse {
    string advertise_addr = 1; int64 num_objects = 2; int64 uptime_seconds = 3;
    string state = 4; int64 shards_held = 5; int64 shards_moving = 6; ShardEpoch epoch = 7;
  }
  message ShardEpoch { int64 generation = 1; int64 revision = 2; }
  message ObjectInfo { string type = 1; string id = 2; int64 creation_time = 3; }
  message ListObjectsResponse { repeated ObjectInfo objects = 1; }
  message CallObjectRequest {
    string id = 1; string method = 2; string type = 3; google.protobuf.Any request = 4; string client_id = 5;
  }
  message CallObjectResponse { google.protobuf.Any response = 1; }
  message CreateObjectRequest { string type = 1; string id = 2; google.protobuf.Any request = 3; }
  message CreateObjectResponse { string id = 1; bool created = 2; }
  message DeleteObjectRequest { string id = 1; string type = 2; }
  message DeleteObjectResponse {}
  message RegisterGateRequest { string gate_addr = 1; }
  message RegisterGateResponse {}
  message ClientMessageEnvelope { repeated string client_ids = 1; google.protobuf.Any message = 2; uint64 push_id = 3; }
  message BroadcastMessageEnvelope { google.protobuf.Any message = 1; uint64 push_id = 2; }
  message GateMessage {
    oneof message {
      RegisterGateResponse register_gate_response = 1;
      ClientMessageEnvelope client_message = 2;
      BroadcastMessageEnvelope broadcast_message = 3;
    }
  }
`;

/** The messages of the fixture's protobuf methods, as a client author would have them. */
const FIXTURE = `
  syntax = "proto3";
  package fixture;
  message Greeting { string name = 1; int32 times = 2; }
  message Answer { string text = 1; repeated string names = 2; int64 total = 3; }
  message Unregistered { string text = 1; }
`;

const TYPE_URL_PREFIX = 'type.googleapis.com/';

/** `google.protobuf.Any` as it is sent and received. */
export interface RawAny {
  type_url: string;
  value: Uint8Array;
}

const root = readProtocol();
const services = loadPackageDefinition(
  fromJSON(root.toJSON(), { keepCase: true, longs: Number, defaults: true, oneofs: true }),
);

export const ClientServiceClient = constructorOf('goverse', 'client', 'ClientService');
export const GateServiceClient = constructorOf('gate', 'GateService');
export const GoverseClientOfNode = constructorOf('goverse', 'Goverse');

/** Serialises a message of the protocol. */
export function encode(type: string, message: object): Buffer {
  const messageType = root.lookupType(type);
  return Buffer.from(messageType.encode(messageType.fromObject(message)).finish());
}

/** Reads a message of the protocol; fields that are not set have their defaults. */
export function decode(type: string, bytes: Uint8Array): Record<string, unknown> {
  const messageType = root.lookupType(type);
  return messageType.toObject(messageType.decode(bytes), { defaults: true, longs: Number, bytes: Buffer });
}

/** A message in an Any. */
export function anyOf(type: string, message: object): RawAny {
  return { type_url: `${TYPE_URL_PREFIX}${type}`, value: encode(type, message) };
}

/** Type and content of an Any. */
export function readAny({ type_url, value }: RawAny): { type: string; message: Record<string, unknown> } {
  const type = type_url.slice(type_url.lastIndexOf('/') + 1);
  return { type, message: decode(type, value) };
}

/** A `goverse.JsonMessage` in an Any. */
export function jsonAny(value: unknown, type = ''): RawAny {
  return anyOf('goverse.JsonMessage', { type, json: Buffer.from(JSON.stringify(value)) });
}

/** What a `goverse.JsonMessage` in an Any says. */
export function readJsonAny(any: RawAny): { type: string; data: unknown } {
  const { type, message } = readAny(any);
  if (type !== 'goverse.JsonMessage') throw new Error(`This is a ${type}`);
  return { type: String(message['type']), data: JSON.parse(String(message['json'])) };
}

function readProtocol(): protobuf.Root {
  const all = new protobuf.Root();
  for (const file of ['any', 'wrappers', 'struct', 'empty']) {
    all.addJSON(protobuf.common.get(`google/protobuf/${file}.proto`)!.nested!);
  }
  for (const text of [CLIENT, GATE, NODE, FIXTURE]) protobuf.parse(text, all, { keepCase: true });
  return all;
}

function constructorOf(...path: string[]): ServiceClientConstructor {
  return path.reduce<unknown>((at, name) => (at as GrpcObject)[name], services) as ServiceClientConstructor;
}
