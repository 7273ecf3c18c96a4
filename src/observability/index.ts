export { REFUSALS, tellRefusal } from './refusals.js';
export type { Refusal } from './refusals.js';
export { OpsServer } from './ops-server.js';
export type { Readiness } from './ops-server.js';
