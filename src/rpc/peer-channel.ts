import type { Socket } from 'node:net';
import { Client, credentials as grpcCredentials } from '@grpc/grpc-js';
import type { ChannelCredentials, ChannelOptions, ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import type { ObjectTypeInfo } from '../core/index.js';
import type { GateIntroduction } from './client-parking.js';
import { secretMetadata } from './cluster-secret.js';
import { decodeGateMessage, encodeRegisterGateRequest } from './gate-messages.js';
import type { GateMessage } from './gate-messages.js';
import { decodeDescription } from './decode-description.js';
import { connectTo } from './connect-to.js';
import { goverseErrorOf } from './grpc-errors.js';
import { parkingCall } from './parking-calls.js';
import type { ParkingMethod } from './parking-calls.js';
import { FLOW_CONTROL_WINDOW } from './http2-windows.js';
import type { PeerRoute, PeerRouteStep } from './peer-route.js';

export const LINK_PATH = '/goverse.Goverse/Link';
export const DESCRIBE_PATH = '/goverse.Goverse/Describe';
export const REGISTER_GATE_PATH = '/goverse.Goverse/RegisterGate';

/** Envelopes to very many clients are longer than any payload. */
const ENVELOPE_OVERHEAD_BYTES = 16 * 1024 * 1024;

export interface PeerChannelOptions {
  readonly secret?: string | undefined;
  readonly maxPayloadBytes: number;
  /** Default: no TLS. */
  readonly credentials?: ChannelCredentials | undefined;
  /** Added to, and stronger than, the options below. */
  readonly channelOptions?: ChannelOptions | undefined;
  /** Default: straight to the address. */
  readonly route?: PeerRoute | undefined;
}

/** Bytes as they are: frames are encoded and decoded on our side of grpc-js, where an error ends one stream only. */
export const asBytes = (bytes: Buffer): Buffer => bytes;

/** The one gRPC channel of this process to one other process of the cluster. */
export class PeerChannel {
  private readonly client: Client;
  private readonly way: PeerRouteStep | undefined;

  constructor(
    private readonly address: string,
    private readonly options: PeerChannelOptions,
  ) {
    const way = (this.way = options.route?.(address));
    this.client = new Client(way?.dial ?? address, options.credentials ?? grpcCredentials.createInsecure(), {
      ...clusterChannelOptions(options.maxPayloadBytes),
      ...options.channelOptions,
      ...way?.channelOptions,
    });
  }

  /** A plain connection is possible, too. With credentials it is not. */
  get takesSockets(): boolean {
    return !this.options.credentials?._isSecure() && (!this.way || this.way.connect !== undefined);
  }

  /** A plain connection to the port of the channel. */
  connectSocket(): Promise<Socket> {
    return this.way?.connect?.() ?? connectTo(this.address);
  }

  openLink(): ClientDuplexStream<Buffer, Buffer> {
    return this.client.makeBidiStreamRequest(LINK_PATH, asBytes, asBytes, secretMetadata(this.options.secret));
  }

  registerGate(gate: GateIntroduction): ClientReadableStream<GateMessage> {
    return this.client.makeServerStreamRequest(
      REGISTER_GATE_PATH,
      encodeRegisterGateRequest,
      decodeGateMessage,
      gate,
      secretMetadata(this.options.secret),
    );
  }

  /** The object types of the peer; a peer of a version that cannot tell rejects `UNIMPLEMENTED`. */
  describe(timeoutMs: number): Promise<ObjectTypeInfo[]> {
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        DESCRIBE_PATH,
        asBytes,
        decodeDescription,
        Buffer.alloc(0),
        secretMetadata(this.options.secret),
        { deadline: Date.now() + timeoutMs },
        (error, types) => (error ? reject(error) : resolve(types ?? [])),
      );
    });
  }

  /** One unary call of `goverse.Goverse` with plain messages; rejects at the latest after `timeoutMs`. */
  unary<Response>(method: ParkingMethod, request: object, timeoutMs: number): Promise<Response> {
    const { path, serialize, deserialize } = parkingCall(method);
    const options = { deadline: Date.now() + timeoutMs };
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        request,
        secretMetadata(this.options.secret),
        options,
        (error, response) => (error ? reject(goverseErrorOf(error)) : resolve(response as Response)),
      );
    });
  }

  close(): void {
    this.client.close();
  }
}

function clusterChannelOptions(maxPayloadBytes: number): ChannelOptions {
  return {
    'grpc.max_receive_message_length': maxPayloadBytes + ENVELOPE_OVERHEAD_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 1_000,
    // Several processes of the framework may live in one: each has its own connections.
    'grpc.use_local_subchannel_pool': 1,
    // A repeated stream would send calls twice.
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_channelz': 0,
  };
}
