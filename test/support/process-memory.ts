import { readFileSync } from 'node:fs';

/** Resident memory of a process in bytes (Linux). */
export function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!found) throw new Error(`The process ${pid} has no resident memory`);
  return Number(found[1]) * 1024;
}
