import { closedLoop } from '../closed-loop.js';
import { moleculerBroker, tcpTransporter } from '../moleculer.js';
import type { Driver, DriverConfig } from '../sample.js';
import { isTextOf, textOf } from '../texts.js';

export async function open({ address = '', port = '' }: DriverConfig): Promise<Driver> {
  const urls = [`${address}/server`, `127.0.0.1:${port}/driver`];
  const broker = moleculerBroker('driver', tcpTransporter(Number(port), urls));
  await broker.start();
  await broker.waitForServices(['echo'], 20_000);
  return {
    measure: (round) => closedLoop(round, (n) => broker.call('echo.echo', { value: textOf(n) }), isTextOf),
    close: () => broker.stop(),
  };
}
