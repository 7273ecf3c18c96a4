import { describe, expect, it } from 'vitest';
import { GateRotation } from './gate-rotation.js';

const rotation = (...gates: string[]) => new GateRotation(gates.map((gate) => new URL(gate)));

function visits(gates: GateRotation, ...steps: ('advance' | 'leave')[]): string[] {
  return [gates.current.href, ...steps.map((step) => (gates[step](), gates.current.href))].map((href) =>
    href.replace(/\/$/, ''),
  );
}

describe('GateRotation', () => {
  it('tries the gates one after the other, round and round', () => {
    expect(visits(rotation('ws://a:1', 'ws://b:1'), 'advance', 'advance')).toEqual([
      'ws://a:1',
      'ws://b:1',
      'ws://a:1',
    ]);
    expect(visits(rotation('ws://a:1'), 'advance', 'leave')).toEqual(['ws://a:1', 'ws://a:1', 'ws://a:1']);
  });

  it('goes to another gate when one is lost, not to the same in another protocol', () => {
    const gates = rotation('ws://a:1', 'http://a:1', 'ws://b:1', 'http://b:1');
    expect(visits(gates, 'leave', 'leave', 'advance', 'leave')).toEqual([
      'ws://a:1',
      'ws://b:1',
      'ws://a:1',
      'http://a:1',
      'ws://b:1',
    ]);
  });

  it('begins with the best protocol again when there is no other gate', () => {
    expect(visits(rotation('ws://a:1', 'http://a:1'), 'advance', 'leave')).toEqual([
      'ws://a:1',
      'http://a:1',
      'ws://a:1',
    ]);
  });
});
