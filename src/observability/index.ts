export { REFUSALS, tellRefusal } from './refusals.js';
export type { Refusal } from './refusals.js';
export { slowClientChannel } from './slow-client-channel.js';
export type { SlowClientEvent } from './slow-client-channel.js';
export { OpsServer } from './ops-server.js';
export type { Readiness } from './ops-server.js';
