import { closedLoop } from '../closed-loop.js';
import { peerPackage } from '../peer-package.js';
import type { Driver } from '../sample.js';

interface Asked {
  readonly value: number;
  readonly sender: unknown;
}

interface Nact {
  readonly start: () => unknown;
  readonly stop: (system: unknown) => void;
  readonly spawn: (parent: unknown, turn: (state: number | undefined, message: Asked) => number) => unknown;
  readonly dispatch: (to: unknown, message: number) => void;
  readonly query: (to: unknown, message: (sender: unknown) => Asked, timeoutMs: number) => Promise<number>;
}

const { start, stop, spawn, dispatch, query } = peerPackage<Nact>('nact');

/** One stateful actor, asked by `query`. */
export function open(): Promise<Driver> {
  const system = start();
  const actor = spawn(system, (_state, { value, sender }) => {
    dispatch(sender, value + 1);
    return value;
  });
  return Promise.resolve({
    measure: (round) =>
      closedLoop(
        round,
        (n) => query(actor, (sender) => ({ value: n, sender }), 30_000),
        (answer, n) => answer === n + 1,
      ),
    close: () => Promise.resolve(stop(system)),
  });
}
