import type { Registry } from 'prom-client';

/** A metric as an operator reads it: a counter, or a gauge, with one value for each combination of labels. */
export interface Metric {
  /** Counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly values: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

/** Writes metrics as Prometheus reads them, and beside them those of the Node.js process: CPU, memory, event loop. */
export interface MetricsText {
  /** Its media type. */
  readonly type: string;
  of(metrics: readonly Metric[]): Promise<string>;
}

/** Of the process: one, whatever the number of nodes and gates in it. */
let ofProcess: Registry | undefined;

/** Loads what writes metrics, which processes without a port for operators do not need. */
export async function loadMetricsText(): Promise<MetricsText> {
  const { Counter, Gauge, Registry, collectDefaultMetrics } = await import('prom-client');
  if (ofProcess === undefined) collectDefaultMetrics({ register: (ofProcess = new Registry()) });
  const process = ofProcess;
  return {
    type: process.contentType,
    of: async (metrics) => {
      const register = new Registry();
      for (const { name, help, kind, values } of metrics) {
        const labelNames = Object.keys(values[0]?.[0] ?? {});
        const options = { name, help, labelNames, registers: [register] };
        const metric = kind === 'counter' ? new Counter(options) : new Gauge(options);
        for (const [labels, value] of values) metric.inc(labels, value);
      }
      return `${await register.metrics()}\n${await process.metrics()}`;
    },
  };
}
