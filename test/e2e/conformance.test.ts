import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientService } from '../support/conformance/client-service.js';
import { connectStream } from '../support/conformance/connect.js';
import { gateService } from '../support/conformance/gate-service.js';
import { httpCompatible } from '../support/conformance/http-compatible.js';
import { httpJson } from '../support/conformance/http-json.js';
import type { Protocol, ProtocolClient } from '../support/conformance/protocol.js';
import { refusalOf, typeIn } from '../support/conformance/protocol.js';
import { SCENARIOS } from '../support/conformance/scenarios.js';
import type { Stage } from '../support/conformance/scenarios.js';
import { webSocket } from '../support/conformance/web-socket.js';
import type { FixtureCluster } from '../support/fixture-cluster.js';
import { startFixtureCluster } from '../support/fixture-cluster.js';
import type { GoverseProcess } from '../support/goverse-process.js';
import { REFUSALS } from '../support/refusals.js';

/** Every way to speak to a gate. A new one is a line here. */
const PROTOCOLS: readonly Protocol[] = [clientService, connectStream, webSocket, gateService, httpJson, httpCompatible];

describe('one table of scenarios over every protocol', () => {
  let cluster: FixtureCluster;
  let guarded: GoverseProcess;
  let [count, open]: [number, ProtocolClient[]] = [0, []];

  beforeAll(async () => {
    cluster = await startFixtureCluster();
    guarded = await cluster.start('test/fixtures/guarded.gate.main.js', '--http-listen', '127.0.0.1:0');
  });

  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });

  afterAll(() => cluster?.stop());

  const stageOf = (protocol: Protocol): Stage => {
    const keep = (gate: GoverseProcess, token?: string) => {
      const client = protocol.open(gate, token);
      open.push(client);
      return client;
    };
    count += 1;
    const name = `conformance-${count}`;
    return {
      protocol,
      client: () => keep(cluster.gate),
      guarded: (token) => keep(guarded, token),
      id: (type) => `${type}-${name}`,
    };
  };

  describe.each(PROTOCOLS)('$name', (protocol) => {
    it.each(SCENARIOS)('$what', (scenario) => scenario.play(stageOf(protocol)));

    // Without a type of its own a request of the others cannot be made where the id does not begin with one.
    const told = REFUSALS.filter((refusal) => protocol.native || typeIn(refusal) !== '');
    it.each(told)('$what: $reason', async (refusal) => {
      const client = stageOf(protocol).client();
      const answer = refusal.verb === 'create' ? client.create(refusal) : client.call(refusal).answer;
      const { status, reason, message } = await refusalOf(answer);
      expect({ status, reason }).toEqual({
        status: protocol.status === 'code' ? refusal.code : refusal.http,
        reason: refusal.reason,
      });
      expect(message).toMatch(refusal.says ?? /\S/);
      expect(message).not.toMatch(/hunter2/);
    });
  });

  it('leaves all processes alive', () => {
    expect([...cluster.nodes, cluster.gate, guarded].every(({ child }) => child.running)).toBe(true);
  });
});
