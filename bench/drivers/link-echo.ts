import { closedLoop } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';
import { isTextOf, textOf } from '../texts.js';
import { NEVER, type ObjectCall } from '../../src/core/index.js';
import { LinkPool } from '../../src/rpc/index.js';

/** The Link alone: no router, no objects, the text as bytes. */
export function open({ address = '' }: DriverConfig): Promise<Driver> {
  const self = { address: '127.0.0.1:1', startId: 'driver', role: 'node' } as const;
  const pool = new LinkPool({ self, maxPayloadBytes: 2 ** 20 });
  const link = pool.link(address);
  const call = async (n: number): Promise<string> => {
    const call: ObjectCall = {
      verb: 'call',
      objectId: 'Echo-one',
      method: 'Echo',
      payload: { kind: 'json', bytes: Buffer.from(textOf(n), 'latin1') },
      callId: 'bench',
      chain: [],
      deadline: Date.now() + 30_000,
      isFromClient: false,
      idempotent: false,
    };
    const { payload } = await link.execute(call, NEVER);
    return payload.kind === 'value' ? '' : Buffer.from(payload.bytes).toString('latin1');
  };
  return Promise.resolve({
    measure: (round) => closedLoop(round, call, isTextOf),
    close: () => pool.close(),
  });
}
