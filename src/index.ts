import 'reflect-metadata';

export { AllowRoles, GoverseObject, Internal, Method } from './decorators/index.js';
export type {
  DeactivationReason,
  GoverseObjectOptions,
  MethodOptions,
  OnActivate,
  OnDeactivate,
  Reentrancy,
} from './decorators/index.js';
export {
  CallContext,
  ERROR_CATALOGUE,
  GoverseError,
  hasReason,
  newObjectId,
  newObjectIdOnNode,
  newObjectIdOnShard,
  parseClientId,
  parseObjectId,
  shardOf,
} from './core/index.js';
export type {
  CallerIdentity,
  GoverseErrorFacts,
  GrpcCode,
  KnownReason,
  ParsedObjectId,
  PushMessage,
} from './core/index.js';
export type {
  AccessRule,
  AccessVerb,
  Authenticator,
  AuthenticatorClass,
  AuthenticatorOption,
  ClientConnection,
  ClientTlsOptions,
  Credentials,
  GoverseGateOptions,
  GoverseNodeOptions,
  Identity,
  JsonWebKeys,
  JwtOptions,
  TlsOptions,
} from './config/index.js';
export { GoverseService, objectId } from './routing/index.js';
export type { CallOptions, ObjectProxy } from './routing/index.js';
export { PushService } from './push/index.js';
export type { PushReport } from './push/index.js';
export { GoverseExecutionContext, ObjectContext } from './objects/index.js';
export type { ObjectTimer } from './objects/index.js';
export { GoverseNodeModule, startNode } from './node/index.js';
export type { StartedNode, StartNodeOptions } from './node/index.js';
export { GoverseGateModule, JwtAuthenticator, startGate } from './gate/index.js';
export type { StartedGate, StartGateOptions } from './gate/index.js';
