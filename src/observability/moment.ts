/**
 * Microseconds on the monotonic clock of this machine, which all its processes share (CLOCK_MONOTONIC on Linux): times
 * of different nodes on one machine can be compared.
 */
export function moment(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
