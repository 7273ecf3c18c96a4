export { PROTO_FILES, PROTO_LOADER_OPTIONS, loadProto, protoDirectory, protoPath } from './proto-files.js';
export type { ProtoServices } from './proto-files.js';
export { goverseServiceDefinition } from './goverse-service-definition.js';
export { addReflection } from './server-reflection.js';
export {
  DETAILS_KEY,
  REASON_KEY,
  RETRYABLE_KEY,
  RETRY_AFTER_KEY,
  goverseErrorOf,
  grpcStatusOf,
  retryAfterMs,
} from './grpc-errors.js';
export type { GrpcStatus } from './grpc-errors.js';
export { SECRET_KEY, assertClusterSecret, callHasSecret, secretMetadata } from './cluster-secret.js';
export { peerCredentials, serverCredentials } from './tls-credentials.js';
export type { PeerCredentials } from './tls-credentials.js';
export { GrpcListener, MESSAGE_OVERHEAD_BYTES, bindGrpc, grpcServerOptions } from './grpc-listener.js';
export type { GrpcListenerOptions } from './grpc-listener.js';
export { FLOW_CONTROL_WINDOW, raiseServerWindows } from './http2-windows.js';
export type { AdoptAnswer, AdoptState, GateIntroduction, ParkedClient, ParkedPush } from './client-parking.js';
export { fromWireClient, fromWireIntroduction, toWireAnswer } from './parking-codec.js';
export type { AdoptRequest, ReleaseRequest, WireGateIntroduction, WireParkedClient } from './parking-codec.js';
export { LiveConnections } from './live-connections.js';
export { Backoff } from './backoff.js';
export { DeadlineSweep } from './deadline-sweep.js';
export { FrameSplitter } from './frame-splitter.js';
export { LINK_TUNING } from './frame-stream.js';
export type { LinkTuning } from './frame-stream.js';
export type { EnvelopeReport, LinkPeer, LinkRole, PushFailure, ViewStamp } from './link-frames.js';
export { Link } from './link.js';
export type { LinkState } from './link.js';
export { LinkPool } from './link-pool.js';
export type { LinkPoolOptions } from './link-pool.js';
export { PEER_ROUTE } from './peer-route.js';
export type { PeerRoute } from './peer-route.js';
export { LinkSockets } from './link-sockets.js';
export { LinkServer } from './link-server.js';
export type { LinkServerOptions } from './link-server.js';
export type { LinkHandler } from './served-link.js';
export { abortError } from './open-calls.js';
export { describeCall } from './link-errors.js';
export { REGISTERED_MESSAGE, encodeEnvelope, encodeMovedClients, encodeWantedClients } from './gate-messages.js';
export type { PushEnvelope } from './gate-messages.js';
export { NodeRegistration } from './node-registration.js';
export type { NodeRegistrationOptions, NodeRegistrationState } from './node-registration.js';
export type { RpcLogger } from './rpc-logger.js';
export { WireReader } from './wire-reader.js';
export { WireWriter } from './wire-writer.js';
export { anyBytes, wireAny } from './wire-any.js';
export type { WireAny } from './wire-any.js';
export { packageVersion } from './package-version.js';
