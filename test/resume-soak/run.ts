import { setTimeout as pause } from 'node:timers/promises';
import { closeRun } from '../chaos/verdict.js';
import { RawNode } from '../support/raw-node.js';
import { jsonAny, readJsonAny } from '../support/raw-protocol.js';
import { SeededRandom } from '../support/seeded-random.js';
import { openConnectLine } from './connect-line.js';
import { openEventLine } from './event-line.js';
import type { SoakOptions } from './options.js';
import { readOptions, USAGE } from './options.js';
import { openRegisterLine } from './register-line.js';
import { SoakClient } from './soak-client.js';
import { SoakCluster } from './soak-cluster.js';
import { openSocketLine } from './socket-line.js';

/** Pushes of one call, and how many may be under way to one client: below what a gate keeps for one that is away. */
const BATCH = 100;
const UNDER_WAY = 700;

/** How long the last pushes may take. */
const SETTLE_MS = 20_000;

/** How long a killed gate is away. */
const KILLED_MS = 1_000;

const LINES = [openRegisterLine, openEventLine, openConnectLine, openSocketLine];

const options = readOptions(process.argv.slice(2));
if (options === 'help') console.log(USAGE);
else process.exit((await main(options)) ? 0 : 1);

async function main({ pushes, seed, clients: count, restarts, kills, json }: SoakOptions): Promise<boolean> {
  console.log(`seed ${seed}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const cluster = await SoakCluster.start();
  const nodes = cluster.nodes.map(({ address }) => new RawNode(address));
  const each = Math.ceil(pushes / count);
  const clients = Array.from(
    { length: count },
    (_, n) => new SoakClient(LINES[n % LINES.length]!, cluster.addresses, new SeededRandom(seed + n)),
  );
  const began = Date.now();
  const problems: string[] = [];
  let [refused, refusedWithGates] = [0, 0];
  try {
    for (const client of clients) client.start();
    await Promise.all(clients.map(({ registered }) => registered));
    const most = each - Math.min(BATCH, each);
    const progress = () => (most === 0 ? 1 : clients.reduce((sum, { next }) => sum + next, 0) / (most * count));
    const pushAll = (begin: number, end: number) =>
      Promise.all(clients.map((client, n) => pushTo(nodes[n % nodes.length]!, client, n, { begin, end }, kills > 0)));
    const [first] = await Promise.all([
      pushAll(0, most),
      upset(cluster, clients, restarts, kills, new SeededRandom(seed - 1), progress),
    ]);
    // Nothing is upset behind these: what comes next tells whether something before it went with a killed gate.
    const outcomes = [...first, ...(await pushAll(most, each))];
    problems.push(...outcomes.flatMap((outcome) => outcome.problems));
    refusedWithGates = outcomes.reduce((total, outcome) => total + outcome.refusedWithGates, 0);
    refused = outcomes.reduce((total, outcome) => total + outcome.refused, 0);
    await settled(clients, each);
  } catch (error) {
    problems.push(String(error));
  } finally {
    for (const client of clients) client.stop();
    for (const node of nodes) node.close();
    await cluster.stop();
  }
  const sum = (of: (client: SoakClient) => number) => clients.reduce((total, client) => total + of(client), 0);
  // What was refused has not been lost: its pusher knows.
  const lost = Math.max(sum((client) => client.lost + each - client.next) - refused, 0);
  const [twice, gaps] = [sum((client) => client.twice), sum((client) => client.gaps)];
  const misnumbered = sum((client) => client.misnumbered);
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(
    `${each * count} pushes to ${count} clients in ${seconds} s: ${sum(({ breaks }) => breaks)} breaks, ` +
      `${restarts} gates drained, ${kills} killed, ${sum(({ moves }) => moves)} moves to the other gate; ` +
      `${lost} lost, ${twice} twice, ${gaps} returns not resumed, ${misnumbered} misnumbered, ${refused} refused; ` +
      `gone with killed gates, and told so: ${sum((client) => client.lostWithGates)} ` +
      `(${refusedWithGates} of them refused), ${sum((client) => client.gapsOfKills)} returns`,
  );
  const verdict = (name: string, bad: number, what: string) => ({
    name,
    problems: bad === 0 ? [] : [`${bad} ${what}`],
  });
  return closeRun(
    [
      verdict('no push is lost', lost, 'lost'),
      verdict('no push comes twice', twice, 'came twice'),
      verdict('every return is resumed, except to a gate that was killed', gaps, 'returns were not resumed'),
      verdict('numbers have no holes', misnumbered, 'had another number than the next'),
      { name: 'no push is refused, except while a gate dies', problems },
    ],
    json,
  );
}

interface PushOutcome {
  readonly problems: string[];
  readonly refused: number;
  /** Those that were under way when a gate was killed. */
  readonly refusedWithGates: number;
}

/** Numbers to one client, in the turns of one object. */
async function pushTo(
  node: RawNode,
  client: SoakClient,
  n: number,
  { begin, end }: { readonly begin: number; readonly end: number },
  gatesDie: boolean,
): Promise<PushOutcome> {
  const problems: string[] = [];
  const { clientId } = client;
  let [refused, refusedWithGates] = [0, 0];
  for (let from = begin; from < end && problems.length < 4;) {
    // What went with a killed gate does not come any more; what comes next tells.
    if (from - client.next > (client.hasGap ? UNDER_WAY + 2 * BATCH : UNDER_WAY)) {
      await pause(2);
      continue;
    }
    const batch = { clientIds: [clientId], from, count: Math.min(BATCH, end - from) };
    const answer = await node.call(`${node.address}/Pusher-${n}`, 'PushBurst', jsonAny(batch));
    const outcomes = readJsonAny(answer!).data as Record<string, Outcome>;
    const { delivered, reason, firstFailed } = outcomes[clientId]!;
    if (gatesDie && reason === 'GATE_NOT_CONNECTED') refusedWithGates += batch.count - delivered;
    else if (reason !== undefined) {
      refused += batch.count - delivered;
      problems.push(`push ${firstFailed} to client ${n}: ${reason}`);
    }
    from += batch.count;
  }
  return { problems, refused, refusedWithGates };
}

interface Outcome {
  readonly delivered: number;
  readonly reason?: string;
  readonly firstFailed?: number;
}

/** Drains and kills gates, one after the other, spread over the run. */
async function upset(
  cluster: SoakCluster,
  clients: readonly SoakClient[],
  restarts: number,
  kills: number,
  random: SeededRandom,
  progress: () => number,
): Promise<void> {
  const total = restarts + kills;
  for (let n = 0, killed = 0; n < total; n++) {
    // Some of the last ones may have gone with a gate: not until all of them have come.
    const at = (0.95 * (n + random.fraction())) / total;
    while (progress() < at) await pause(20);
    const gate = fullest(cluster, clients);
    if ((killed + 1) * total > (n + 1) * kills) await cluster.restartGate(gate);
    else {
      killed++;
      for (const client of clients) client.killed(gate);
      await cluster.killGate(gate);
      // Some may have come to it after all before it died.
      for (const client of clients) client.killed(gate);
      await pause(KILLED_MS);
      await cluster.startAgain(gate);
    }
  }
}

/** The gate with the most clients. */
function fullest(cluster: SoakCluster, clients: readonly SoakClient[]): number {
  const counts = cluster.addresses.map((_, gate) => clients.filter((client) => client.isAt(gate)).length);
  return counts.indexOf(Math.max(...counts));
}

async function settled(clients: readonly SoakClient[], each: number): Promise<void> {
  const until = Date.now() + SETTLE_MS;
  while (clients.some(({ next }) => next < each) && Date.now() < until) await pause(10);
}
