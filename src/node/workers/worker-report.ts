/** What a worker tells its supervisor when it serves. */
export interface WorkerReport {
  /** Advertised `host:port`. */
  readonly address: string;
  /** How long its drain may take. */
  readonly drainTimeoutMs: number;
}

const KIND = 'goverse:ready';

/** Tells the supervisor that this worker serves. */
export function reportReady(report: WorkerReport): void {
  process.send?.({ kind: KIND, ...report });
}

/** Undefined for what is none: applications may send messages of their own. */
export function readReport(message: unknown): WorkerReport | undefined {
  const { kind } = (message ?? {}) as { kind?: unknown };
  return kind === KIND ? (message as WorkerReport) : undefined;
}

/** Drains this worker and ends it when its supervisor has vanished: it must not go on unseen. */
export function endWithSupervisor(stop: () => Promise<unknown>): void {
  process.once('disconnect', () => {
    void stop().finally(() => process.exit(1));
  });
  // An application that has nothing more to do ends, supervisor or not.
  process.channel?.unref();
}
