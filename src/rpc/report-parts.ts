import type { EnvelopeReport, PushFailure } from './link-frames.js';
import { reportWeight } from './link-weights.js';

/** Bytes of one part: several fit a frame. */
const PART_BYTES = 16 * 1024;

export interface ReportPart {
  readonly part: EnvelopeReport;
  readonly weight: number;
}

/** Cuts a report that names very many clients into parts that each fit a frame; the last one has `more` unset. */
export function splitReport(report: EnvelopeReport): ReportPart[] {
  const whole = reportWeight(report);
  if (whole <= PART_BYTES) return [{ part: report, weight: whole }];
  const groups = groupFailures(report.failed);
  return groups.map((failed, index) => {
    const delivered = index === 0 ? report.delivered : 0;
    const part = { pushId: report.pushId, delivered, failed, more: index < groups.length - 1 };
    return { part, weight: reportWeight(part) };
  });
}

function groupFailures(failed: readonly PushFailure[]): PushFailure[][] {
  const groups: PushFailure[][] = [];
  let room = 0;
  for (const failure of failed) {
    const weight = reportWeight({ pushId: 0, delivered: 0, failed: [failure] });
    if (weight > room || groups.length === 0) {
      groups.push([]);
      room = PART_BYTES;
    }
    groups.at(-1)?.push(failure);
    room -= weight;
  }
  return groups;
}
