export { superviseWorkers } from './supervise-workers.js';
export { workerConfig } from './worker-config.js';
export { workerCount } from './worker-count.js';
export { takePlace } from './worker-place.js';
export type { WorkerPlace } from './worker-place.js';
export { endWithSupervisor, reportReady } from './worker-report.js';
