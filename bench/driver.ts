/** Entry of a driver's process: `driver.js <name> <JSON config>`; asked by IPC for rounds, answers with samples. */
import 'reflect-metadata';
import type { Driver, DriverConfig, DriverModule, Round } from './sample.js';

const [, , name = '', config = '{}'] = process.argv;
const { open } = (await import(`./drivers/${name}.js`)) as DriverModule;
const driver = await open(JSON.parse(config) as DriverConfig);

process.on('message', (request: Round | 'close') => {
  void answer(driver, request);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });

async function answer(asked: Driver, request: Round | 'close'): Promise<void> {
  if (request === 'close') {
    await Promise.race([asked.close(), new Promise((resolve) => setTimeout(resolve, 3_000))]);
    process.exit(0);
  }
  try {
    const before = process.cpuUsage();
    const sample = await asked.measure(request);
    const { user, system } = process.cpuUsage(before);
    process.send?.({ sample, driverCpuSeconds: (user + system) / 1e6 });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
