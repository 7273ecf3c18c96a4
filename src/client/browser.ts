export { GoverseClient } from './goverse-client-browser.js';
export type { ClientCallOptions } from './client-calls.js';
export type { RemoteObjectOptions } from './client.js';
export type { ClientOptions, ClientTls } from './client-options.js';
export type { ConnectionChange, ConnectionState, PushGap } from './connection-state.js';
export type { PushHandler } from './push-feed.js';
export type { MethodNames, RemoteObject } from './remote-object.js';
export type { Push } from './transport.js';
export { GoverseError } from '../core/errors.js';
