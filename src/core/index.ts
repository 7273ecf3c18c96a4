export { AbortWatch } from './abort-watch.js';
export { systemClock, MAX_TIMER_MS, PROCESS_CLOCK } from './clock.js';
export type { Clock, TimerHandle } from './clock.js';
export { IdSequence, newSecret, uniqueId, randomFraction } from './unique-id.js';
export {
  GoverseError,
  goverseError,
  inwardError,
  outward,
  hasReason,
  isRetryableReason,
  grpcCodeName,
  GRPC_CODES,
  ERROR_CATALOGUE,
} from './errors.js';
export type { GoverseErrorFacts, GrpcCode, KnownReason, WireError } from './errors.js';
export {
  DEFAULT_SHARDS,
  MAX_OBJECT_ID_BYTES,
  fnv1a32,
  isNodeAddress,
  isTypeName,
  keyOf,
  newObjectId,
  newObjectIdOnNode,
  newObjectIdOnShard,
  parseObjectId,
  placementOf,
  shardOf,
} from './object-id.js';
export type { ParsedObjectId, Placement } from './object-id.js';
export { EMPTY_BYTES } from './payload.js';
export type { Payload, PayloadKind, ValuePayload, WirePayload, WirePayloadKind } from './payload.js';
export { AUTHENTICATED, EVERY_CLIENT, satisfiesRole } from './role.js';
export { beginCall, promiseOf } from './object-call.js';
export type {
  CallerIdentity,
  CallOutcome,
  CallResult,
  CallTarget,
  CallVerb,
  ChainLink,
  ObjectCall,
} from './object-call.js';
export { CallContext } from './call-context.js';
export type { CallContextFacts, TurnWork } from './call-context.js';
export { clientIdOf, parseClientId } from './client-id.js';
export type { ParsedClientId } from './client-id.js';
export { classNameOf } from './class-name.js';
export { copyValue } from './value-copy.js';
export { MAX_VALUE_DEPTH } from './value-walk.js';
export type { ValueRole } from './value-walk.js';
export { decodeJson, encodeJson } from './json-codec.js';
export { decodeMsgpack, encodeMsgpack } from './msgpack-codec.js';
export { MessageRegistry } from './message-registry.js';
export { messageNameOf, packAny, unpackAny } from './any-envelope.js';
export type { AnyEnvelope } from './any-envelope.js';
export { PayloadCodec } from './payload-codec.js';
export type { DecodedPush, PushMessage } from './push-codec.js';
export { StrictReader } from './strict-reader.js';
export { LifeCycle } from './life-cycle.js';
export type { LifeStep } from './life-cycle.js';
export { advertisedAddress } from './advertised-address.js';
export { stopOnSignals } from './stop-on-signals.js';
export { fromNestException } from './nest-exception.js';
export { DEFAULT_POOL } from './pool.js';
export { NEVER } from './never-signal.js';
export { allowManyListeners } from './cancellation.js';
export type { Cancellation } from './cancellation.js';
export { LazySignal } from './lazy-signal.js';
export type { FindNear, NearObject } from './near-objects.js';
export type { MethodInfo, ObjectTypeInfo } from './object-type-info.js';
export type { Proxied } from './proxied.js';
