export type { Authenticator, ClientConnection, Credentials, DisconnectedClient, Identity } from '../config/index.js';
export type { ClusterSide, GateIdentity } from './cluster-side.js';
export { GATE_HANDLER } from './gate-handler.js';
export { GoverseGateModule } from './gate.module.js';
export { GATE_CONFIG, GATE_SETTINGS } from './gate-options.js';
export { GateRuntime } from './gate-runtime.js';
export type { GateRuntimeParts, HttpMount } from './gate-runtime.js';
export { startGate } from './start-gate.js';
export type { StartGateOptions, StartedGate } from './start-gate.js';
