import { readFile } from 'node:fs/promises';

/** Ticks per second of /proc, on every Linux that Node.js runs on. */
const TICKS = 100;
const PAGE_BYTES = 4096;

export interface ProcessCost {
  /** User and system time so far. */
  readonly cpuSeconds: number;
  /** Resident memory now. */
  readonly rssBytes: number;
}

/** What processes have cost so far, all together; zeros where there is no /proc. */
export async function costOf(pids: readonly number[]): Promise<ProcessCost> {
  const costs = await Promise.all(pids.map(read));
  return {
    cpuSeconds: costs.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    rssBytes: costs.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}

async function read(pid: number): Promise<ProcessCost> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number);
    return { cpuSeconds: ((user ?? 0) + (system ?? 0)) / TICKS, rssBytes: (pages ?? 0) * PAGE_BYTES };
  } catch {
    return { cpuSeconds: 0, rssBytes: 0 };
  }
}
