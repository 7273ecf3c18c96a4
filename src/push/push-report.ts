import type { PushFailure } from '../rpc/index.js';

/** What became of a push to several clients. */
export interface PushReport {
  /** Clients whose gate has put the message into their queue. */
  delivered: number;
  /** Everybody else, with the reason of the error table (docs/errors.md). */
  failed: PushFailure[];
}

/** Adds reports up. */
export function sumReports(reports: readonly PushReport[]): PushReport {
  const delivered = reports.reduce((sum, report) => sum + report.delivered, 0);
  return { delivered, failed: reports.flatMap((report) => report.failed) };
}
