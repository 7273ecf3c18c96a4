import type { Suite } from './contender.js';
import type { RunLength } from './contest.js';
import type { Line, LimitVerdict, Verdict } from './statistics.js';

/** What a run measured in one suite. */
export interface SuiteResult {
  readonly suite: Pick<Suite, 'name' | 'unit' | 'byCpu'>;
  readonly lines: readonly Line[];
  readonly verdicts: readonly Verdict[];
  readonly limitVerdicts: readonly LimitVerdict[];
  readonly length: Pick<RunLength, 'rounds' | 'roundMs'>;
}

const HEADER = ['callers', 'rate', 'spread', 'p50 µs', 'p99 µs', 'server CPU µs', 'generator CPU µs', 'server MiB'];

/** The results of a suite as Markdown. */
export function tableOf({ suite, lines, verdicts, limitVerdicts, length }: SuiteResult): string {
  const facts = [...new Set(lines.flatMap((line) => Object.keys(line.facts)))];
  const per = suite.byCpu ? 'CPU second of the serving processes' : 'second';
  const rows = [
    [`${suite.unit} per ${per}`, ...HEADER, ...facts],
    ...lines.map((line) => [line.contender, ...cells(line), ...facts.map((fact) => rounded(line.facts[fact]))]),
  ];
  const about = `${length.rounds} round${length.rounds > 1 ? 's' : ''} of ${length.roundMs} ms`;
  const said = [...verdicts.map(sentence), ...limitVerdicts.map(limitSentence)];
  return [`## ${suite.name}`, '', about, '', markdown(rows), ...said, ''].join('\n');
}

function cells(line: Line): string[] {
  const { callers, rate, spread, p50, p99, servingCpuMicros, driverCpuMicros, servingRssMiB } = line;
  return [
    String(callers),
    rounded(rate),
    `±${Math.round(spread * 100)} %`,
    rounded(p50),
    rounded(p99),
    servingCpuMicros === 0 ? '' : servingCpuMicros.toFixed(1),
    driverCpuMicros.toFixed(1),
    servingRssMiB === 0 ? '' : servingRssMiB.toFixed(0),
  ];
}

function sentence({ ours, peer, callers, times, byCpu, ratio, cpuRatio, reached }: Verdict): string {
  const measured =
    ratio === undefined ? 'not measured' : `${ratio.toFixed(2)} x (per CPU time: ${cpuRatio?.toFixed(2)} x)`;
  const target =
    times === undefined
      ? 'for comparison'
      : `target ${times} x${byCpu ? ' per CPU time' : ''}: ${reached ? 'reached' : 'missed'}`;
  return `\n- ${ours} : ${peer} (${callers} callers): ${measured}, ${target}`;
}

function limitSentence({ ours, callers, fact = 'rate', atLeast, atMost, value, reached }: LimitVerdict): string {
  const measured = value === undefined ? 'not measured' : rounded(value);
  const target = atLeast === undefined ? `at most ${rounded(atMost)}` : `at least ${rounded(atLeast)}`;
  return `\n- ${ours} (${callers} callers), ${fact}: ${measured}, target ${target}: ${reached ? 'reached' : 'missed'}`;
}

function markdown([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  return [line(header), line(header.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function rounded(value: number | undefined): string {
  if (value === undefined) return '';
  if (value >= 10_000) return `${Math.round(value / 100) / 10} k`;
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}
