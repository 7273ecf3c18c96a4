import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SeededRandom } from '../support/seeded-random.js';
import type { Violation } from '../../src/testing/index.js';
import type { ChaosOptions } from './options.js';
import type { Scenario } from './scenario.js';
import { Stage } from './stage.js';
import type { ScenarioVerdict } from './verdict.js';

const PROGRESS_MS = 10_000;
const PROBLEMS_SHOWN = 10;
/** Worth telling. */
const STOOD_MS = 500;

/** Runs scenarios one after the other on one stage per lease time. */
export class ChaosRun {
  private readonly startedAt = performance.now();

  constructor(
    private readonly options: ChaosOptions,
    private readonly say: (line: string) => void = console.log,
  ) {}

  async run(scenarios: readonly Scenario[]): Promise<ScenarioVerdict[]> {
    const verdicts: ScenarioVerdict[] = [];
    const ttlOf = (scenario: Scenario) => Math.max(scenario.ttlSeconds, this.options.ttlSeconds);
    for (const ttlSeconds of new Set(scenarios.map(ttlOf))) {
      const together = scenarios.filter((scenario) => ttlOf(scenario) === ttlSeconds);
      verdicts.push(...(await this.onOneStage(ttlSeconds, together)));
    }
    return verdicts;
  }

  /** A line of the log, with the time since the start. */
  note(line: string): void {
    this.say(`${((performance.now() - this.startedAt) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
  }

  private async onOneStage(ttlSeconds: number, scenarios: readonly Scenario[]): Promise<ScenarioVerdict[]> {
    const { callsPerSecond, seed } = this.options;
    this.note(`cluster with leases of ${ttlSeconds} s`);
    const stage = await Stage.open({ ttlSeconds, callsPerSecond, random: new SeededRandom(seed) });
    const progress = setInterval(() => this.progress(stage), PROGRESS_MS);
    const verdicts: ScenarioVerdict[] = [];
    try {
      for (const scenario of scenarios) {
        const verdict = await this.play(scenario, stage);
        verdicts.push(verdict);
        if (verdict.problems.length > 0) this.show(verdict);
        // Whatever a broken cluster does next proves nothing.
        if (stage.ledger.violations.length > 0 || stage.cluster.nodes.length === 0) break;
      }
      verdicts.push(await this.judge(stage, ttlSeconds));
    } finally {
      clearInterval(progress);
      await stage.abandon();
    }
    return verdicts;
  }

  private async play(scenario: Scenario, stage: Stage): Promise<ScenarioVerdict> {
    this.note(`-- ${scenario.name}`);
    const problems: string[] = [];
    const standing = monitorEventLoopDelay({ resolution: 20 });
    standing.enable();
    stage.load.start();
    const since = performance.now();
    try {
      const figures = await scenario.run(stage);
      for (const figure of figures) this.note(`   ${figure}`);
    } catch (error) {
      problems.push((error as Error).message);
    }
    const seconds = (performance.now() - since) / 1_000;
    await stage.settle();
    stage.judgeSettled();
    standing.disable();
    const { statistics } = stage.load;
    // What has no time to run here has none in the nodes either: leases are lost then.
    const stoodMs = Math.round(standing.max / 1e6);
    if (stoodMs > STOOD_MS) this.note(`   this process stood still for up to ${stoodMs} ms: the machine is too busy`);
    this.note(
      `   ${Math.round((statistics.answered + statistics.failed) / seconds)} calls/s, ${statistics.answered} answered ` +
        `(half within ${statistics.percentile(0.5).toFixed(1)} ms, 99 % within ${Math.round(statistics.percentile(0.99))} ms), ` +
        `failed: ${statistics.reasons}` +
        (statistics.failed > 0 ? ` (told within ${Math.round(statistics.longestFailureMs)} ms)` : ''),
    );
    for (const [reason, count] of statistics.failures) {
      if (!scenario.allowed.includes(reason))
        problems.push(`${count} calls failed with ${reason}: ${statistics.said(reason)}`);
      else this.note(`   ${reason}: ${statistics.said(reason)}`);
    }
    problems.push(...messages(stage.ledger.violations));
    return { name: scenario.name, problems };
  }

  /** The last word on everything a stage recorded. */
  private async judge(stage: Stage, ttlSeconds: number): Promise<ScenarioVerdict> {
    const problems: string[] = [];
    await stage.close().catch((error: Error) => problems.push(error.message));
    const { ledger } = stage;
    problems.push(...messages(ledger.violations));
    this.note(
      `-- record: ${stage.load.made} calls, ${ledger.turns} turns, ${ledger.outlivedTurns} outlived a lease without effect, ` +
        `${ledger.violations.length} violations`,
    );
    const verdict = { name: `record with leases of ${ttlSeconds} s`, problems };
    if (problems.length > 0) this.show(verdict);
    return verdict;
  }

  private progress({ load, ledger, cluster }: Stage): void {
    this.note(
      `   ... ${load.made} calls, ${load.waiting} waiting, ${ledger.turns} turns, ${cluster.nodes.length} nodes, ` +
        `failed: ${load.statistics.reasons}, ${ledger.violations.length} violations`,
    );
  }

  private show({ name, problems }: ScenarioVerdict): void {
    this.note(`!! ${name} failed (seed ${this.options.seed})`);
    for (const problem of problems.slice(0, PROBLEMS_SHOWN)) this.note(`   ${problem}`);
    if (problems.length > PROBLEMS_SHOWN) this.note(`   and ${problems.length - PROBLEMS_SHOWN} more`);
  }
}

function messages(violations: readonly Violation[]): string[] {
  return violations.map(({ kind, message }) => `${kind}: ${message}`);
}
