import { goverseError, type GoverseError, type ObjectCall } from '../core/index.js';

/** Turn ids end in `#<method>`, so that chains can be printed on every node. */
export function turnIdOf(prefix: string, number: number, method: string): string {
  return `${prefix}.${number}#${method}`;
}

/** The error of a call that comes back to an object that waits for it. */
export function callCycle({ chain, method, verb }: ObjectCall, objectId: string): GoverseError {
  const last = `${objectId}.${method || `${verb}Object`}`;
  const printed = [...chain.map((link) => `${link.objectId}.${methodOf(link.turnId)}`), last];
  return goverseError(
    'CALL_CYCLE',
    `The call comes back to an object that waits for it: ${printed.join(' -> ')}; make the last method interleave or ` +
      `oneWay, or give the class reentrancy: 'call-chain'`,
    { details: { chain: printed } },
  );
}

function methodOf(turnId: string): string {
  return turnId.slice(turnId.indexOf('#') + 1);
}
