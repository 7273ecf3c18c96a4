export { GoverseObject } from './goverse-object.decorator.js';
export type { GoverseObjectOptions, Reentrancy, ResolvedObjectOptions } from './goverse-object-options.js';
export { Method } from './method.decorator.js';
export type { MethodOptions, ResolvedMethodOptions } from './method-options.js';
export type { DeactivationReason, OnActivate, OnDeactivate } from './life-cycle.js';
export { readObjectMetadata } from './object-metadata.js';
export type { MethodMetadata, ObjectMetadata } from './object-metadata.js';
export { checkDeclaration, hasMethods, invalidObjectClass } from './check-declaration.js';
