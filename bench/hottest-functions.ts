import { readFile } from 'node:fs/promises';

/** The part of a `.cpuprofile` that is read. Source: Chrome DevTools protocol, Profiler.Profile. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

export interface HottestFunctions {
  readonly busyMs: number;
  /** By the time spent in themselves, most first; a share of the busy time. */
  readonly functions: readonly { readonly what: string; readonly share: number }[];
}

const SHOWN = 15;

/** The start of a process is none of the path that is measured. */
const SKIPPED_SHARE = 0.4;

/** Where a process spent its time after its start. */
export async function hottestOf(file: string): Promise<HottestFunctions> {
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const spent = new Map<string, number>();
  let busy = 0;
  for (let n = Math.floor(samples.length * SKIPPED_SHARE); n < samples.length; n++) {
    const what = names.get(samples[n] as number) ?? '';
    if (what.startsWith('(idle)')) continue;
    const micros = timeDeltas[n] ?? 0;
    busy += micros;
    spent.set(what, (spent.get(what) ?? 0) + micros);
  }
  const functions = [...spent].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN);
  return { busyMs: busy / 1000, functions: functions.map(([what, micros]) => ({ what, share: micros / busy })) };
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/(dist|node_modules)\//, '');
  return `${functionName || '(anonymous)'}${place === '' ? '' : ` ${place}:${lineNumber + 1}`}`;
}
