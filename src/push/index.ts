export { PushService } from './push-service.js';
export type { PushServiceParts } from './push-service.js';
export type { PushReport } from './push-report.js';
export { GateStreams } from './gate-streams.js';
export type { GateStreamsOptions } from './gate-streams.js';
export type { GateSink } from './gate-stream.js';
