import { shortCallers, type Contender, type Field, type Suite } from './contender.js';
import { DriverProcess } from './driver-process.js';
import { costOf } from './process-cost.js';
import type { Sample } from './sample.js';

export interface RunLength {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
  /** Only what targets are about. */
  readonly short: boolean;
}

/** One round, with what the serving processes cost meanwhile. */
export interface MeasuredRound extends Sample {
  readonly servingCpuSeconds: number;
  readonly servingRssBytes: number;
  readonly driverCpuSeconds: number;
}

/** The rounds of one contender with so many callers. */
export interface Row {
  readonly contender: string;
  readonly callers: number;
  readonly rounds: readonly MeasuredRound[];
}

interface Entrant {
  readonly contender: Contender;
  readonly field: Field;
  readonly driver: DriverProcess;
}

/** Measures a suite. */
export async function contest(suite: Suite, length: RunLength, note: (line: string) => void): Promise<Row[]> {
  const contenders = suite.contenders.filter(({ fullOnly }) => !(fullOnly && length.short));
  const callers = length.short ? shortCallers(suite) : suite.callers;
  const all = { ...suite, contenders, callers };
  if (!suite.apart) return together(all, length, note);
  const rows: Row[] = [];
  for (const contender of contenders) rows.push(...(await together({ ...all, contenders: [contender] }, length, note)));
  return rows;
}

/**
 * Every contender is started and warmed up, then they take turns, so that what else the machine does
 * hits all of them.
 */
async function together(suite: Suite, length: RunLength, note: (line: string) => void): Promise<Row[]> {
  const entrants: Entrant[] = [];
  try {
    for (const contender of suite.contenders) entrants.push(await enter(contender));
    const rows: Row[] = [];
    for (const callers of suite.callers) rows.push(...(await takeTurns(suite, entrants, callers, length, note)));
    return rows;
  } finally {
    await Promise.all(entrants.map(leave));
  }
}

async function takeTurns(
  suite: Suite,
  entrants: readonly Entrant[],
  callers: number,
  length: RunLength,
  note: (line: string) => void,
): Promise<Row[]> {
  const measured = entrants.map((): MeasuredRound[] => []);
  const rounds = Math.min(length.rounds, suite.rounds ?? Infinity);
  const roundMs = Math.max(length.roundMs, suite.roundMs ?? 0);
  const warmUpMs = Math.max(length.warmUpMs, suite.warmUpMs ?? 0);
  if (suite.rounds === undefined) for (const { driver } of entrants) await driver.measure({ ms: warmUpMs, callers });
  for (let round = 0; round < rounds; round++) {
    for (const [index, entrant] of entrants.entries()) {
      measured[index]?.push(await measure(entrant, roundMs, callers));
    }
    note(`${suite.name}, ${callers} callers: round ${round + 1} of ${rounds}`);
  }
  return entrants.map(({ contender }, index) => ({
    contender: contender.name,
    callers,
    rounds: measured[index] ?? [],
  }));
}

async function measure({ driver, field, contender }: Entrant, ms: number, callers: number): Promise<MeasuredRound> {
  const before = await costOf(field.serving);
  try {
    const { sample, driverCpuSeconds } = await driver.measure({ ms, callers });
    const after = await costOf(field.serving);
    return {
      ...sample,
      driverCpuSeconds,
      servingCpuSeconds: after.cpuSeconds - before.cpuSeconds,
      servingRssBytes: after.rssBytes,
    };
  } catch (error) {
    throw new Error(`${contender.name} failed`, { cause: error });
  }
}

async function enter(contender: Contender): Promise<Entrant> {
  const field = await contender.start();
  try {
    return { contender, field, driver: await DriverProcess.start(field.driver) };
  } catch (error) {
    await field.stop();
    throw error;
  }
}

async function leave({ driver, field }: Entrant): Promise<void> {
  await driver.close();
  await field.stop();
}
