export interface Growth {
  /** Resident memory of the process. */
  readonly resident: number;
  /** What lives on the heap of JavaScript, without garbage. */
  readonly heap: number;
}

/** By how many bytes memory grows for each of what some work makes. The process needs `--expose-gc`. */
export async function residentBytesPer<T>(
  work: () => Promise<T>,
  countOf: (result: T) => number,
): Promise<{ result: T; bytes: Growth }> {
  const before = measured();
  const result = await work();
  const after = measured();
  const count = countOf(result);
  return {
    result,
    bytes: { resident: (after.resident - before.resident) / count, heap: (after.heap - before.heap) / count },
  };
}

function measured(): Growth {
  if (globalThis.gc === undefined) throw new Error('Memory is measured with --expose-gc');
  // A second time for what the first one has finalised.
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: rss, heap: heapUsed };
}
