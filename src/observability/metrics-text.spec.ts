import { expect, it } from 'vitest';
import { metricsText } from './metrics-text.js';

it('writes metrics as Prometheus reads them', () => {
  const text = metricsText([
    {
      name: 'a_total',
      help: 'what it\ncounts',
      kind: 'counter',
      values: [
        [{ limit: 'x"y\\z\n' }, 3],
        [{ limit: 'b' }, 0],
      ],
    },
    { name: 'b', help: 'how many', kind: 'gauge', values: [[{}, 1.5]] },
  ]);
  expect(text).toBe(
    [
      '# HELP a_total what it\\ncounts',
      '# TYPE a_total counter',
      'a_total{limit="x\\"y\\\\z\\n"} 3',
      'a_total{limit="b"} 0',
      '# HELP b how many',
      '# TYPE b gauge',
      'b 1.5',
      '',
    ].join('\n'),
  );
});
