import { closedLoop } from '../closed-loop.js';
import { ECHO_SCHEMA, moleculerBroker } from '../moleculer.js';
import type { Driver } from '../sample.js';

/** An action of the same process: neither turns nor state. */
export async function open(): Promise<Driver> {
  const broker = moleculerBroker('alone');
  broker.createService(ECHO_SCHEMA);
  await broker.start();
  return {
    measure: (round) =>
      closedLoop(
        round,
        (value) => broker.call('echo.echo', { value }),
        (answer, n) => answer === n,
      ),
    close: () => broker.stop(),
  };
}
