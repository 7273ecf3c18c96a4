import { expect, it } from 'vitest';
import { loadMetricsText } from './metrics-text.js';

it('writes metrics as Prometheus reads them, and those of the process', async () => {
  const text = await loadMetricsText();
  const metrics = [
    {
      name: 'a_total',
      help: 'what it\ncounts',
      kind: 'counter' as const,
      values: [[{ limit: 'x"y\\z\n' }, 3] as const, [{ limit: 'b' }, 0] as const],
    },
    { name: 'b', help: 'how many', kind: 'gauge' as const, values: [[{}, 1.5] as const] },
  ];
  const lines = (await text.of(metrics)).split('\n');
  expect(lines.slice(0, 9)).toEqual([
    '# HELP a_total what it\\ncounts',
    '# TYPE a_total counter',
    'a_total{limit="x\\"y\\\\z\\n"} 3',
    'a_total{limit="b"} 0',
    '',
    '# HELP b how many',
    '# TYPE b gauge',
    'b 1.5',
    '',
  ]);
  expect(lines.some((line) => line.startsWith('process_cpu_seconds_total '))).toBe(true);
  expect(await text.of(metrics)).toContain('\nb 1.5\n');
  expect(text.type).toMatch(/^text\/plain; version=0\.0\.4/);
});
