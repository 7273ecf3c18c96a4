import { goingRound } from '../going-round.js';
import { residentBytesPer } from '../memory-growth.js';
import type { Driver, DriverConfig } from '../sample.js';

class Sleeper {
  calls = 0;

  ping(value: number): number {
    this.calls++;
    return value;
  }
}

/** What no framework can do without: a Map from ids to instances, a method call and a promise, in the order of `scale-calls`. */
export async function open({ objects = '' }: DriverConfig): Promise<Driver> {
  const count = Number(objects);
  const living = new Map<string, Sleeper>();
  const { bytes } = await residentBytesPer(
    async () => {
      for (let n = 0; n < count; n++) living.set(`Sleeper-${n}`, new Sleeper());
    },
    () => count,
  );
  const ping = (n: number) => Promise.resolve(living.get(`Sleeper-${n}`)?.ping(n));
  return {
    measure: async (round) => {
      const sample = await goingRound(round, count, ping);
      return { ...sample, facts: { 'resident bytes per object': bytes.resident } };
    },
    close: () => Promise.resolve(living.clear()),
  };
}
