import { ChaosRun } from './chaos-run.js';
import type { ChaosOptions } from './options.js';
import { readOptions, USAGE } from './options.js';
import type { Scenario } from './scenario.js';
import { kill, killLeader, killLeaderInMove } from './scenarios/crashes.js';
import { cutFromPeers } from './scenarios/cut-from-peers.js';
import { etcdRestart } from './scenarios/etcd-restart.js';
import { drainTimeout, secondSigterm } from './scenarios/forced-drains.js';
import { cutFromEtcd, etcdOutage, etcdWipe, sleep, sleepingLeader } from './scenarios/lost-leases.js';
import { mix } from './scenarios/mix.js';
import { drain, join, rollingRestart } from './scenarios/planned.js';
import { closeRun } from './verdict.js';

const options = readOptions(process.argv.slice(2));
if (options === 'help') console.log(USAGE);
else process.exit((await main(options)) ? 0 : 1);

async function main(chosen: ChaosOptions): Promise<boolean> {
  console.log(`seed ${chosen.seed}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const run = new ChaosRun(chosen);
  const all: Scenario[] = [
    join,
    drain,
    rollingRestart,
    etcdRestart,
    secondSigterm,
    drainTimeout,
    // Timed against the lease: by processes that have run for a while, not by some that still compile what they run.
    kill,
    killLeader,
    killLeaderInMove,
    sleep,
    sleepingLeader,
    cutFromEtcd,
    cutFromPeers,
    etcdOutage,
    etcdWipe,
    mix(chosen.minutes, (deed) => run.note(`   ${deed}`)),
  ];
  const unknown = chosen.scenarios.filter((name) => !all.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    throw new Error(`No scenario ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
  }
  const wanted = all.filter(({ name }) => chosen.scenarios.length === 0 || chosen.scenarios.includes(name));
  return closeRun(await run.run(wanted), chosen.json);
}
