import { GoverseError } from '../../src/core/index.js';

/** A seeded generator of numbers in [0, 1). Source: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How `work` ends: `ok`, the reason of a GoverseError, or what else was thrown. */
export function outcomeOf(work: () => unknown): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    return error instanceof GoverseError ? error.reason : `threw ${String(error)}`;
  }
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  127,
  128,
  255,
  256,
  65535,
  65536,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 40,
  2 ** 53,
  -(2 ** 53) - 2,
  1e300,
  5e-324,
  NaN,
  Infinity,
  -Infinity,
];
const BIGINTS = [
  0n,
  -1n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n,
  -(2n ** 63n),
  -(2n ** 63n) - 1n,
  10n ** 50n,
  -(10n ** 50n),
];
const TEXTS = ['', 'a', 'héllo', '对象', '🎮', '\ud800', 'x\udc00y', '\u0000', 'x'.repeat(40), 'é'.repeat(70_000)];
const KEYS = ['a', 'b', '', '1', '2', '__proto__', 'constructor', 'toString', 'then', 'ü', '\ud800key', 'length'];
const TIMES = [
  0,
  1,
  -1,
  999,
  1_000,
  1_700_000_000_123,
  253_402_300_800_000,
  -62_135_596_800_001,
  8.64e15,
  -8.64e15,
  NaN,
];
const VIEWS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
];

/** Random values of every kind that `structuredClone` copies as data. */
export class RandomValues {
  constructor(private readonly random: () => number) {}

  value(depth = 4): unknown {
    const kinds = depth > 0 ? [...this.leaves, ...this.branches] : this.leaves;
    return this.pick(kinds)(depth - 1);
  }

  private readonly leaves: ((depth: number) => unknown)[] = [
    () => this.pick(NUMBERS),
    () => (this.random() - 0.5) * 2 ** (this.random() * 80),
    () => Math.trunc((this.random() - 0.5) * 2 ** (this.random() * 60)),
    () => this.pick(BIGINTS),
    () => this.pick(TEXTS),
    () => this.pick([true, false, null, undefined]),
    () => new Date(this.pick(TIMES)),
    () => this.binary(),
    () => new RegExp(this.pick(['a+', '^$', '/']), this.pick(['', 'gi', 'su'])),
  ];

  private readonly branches: ((depth: number) => unknown)[] = [
    (depth) => this.object(depth),
    (depth) => this.object(depth),
    (depth) => this.list(depth),
    (depth) => this.holes(depth),
    (depth) => new Map(this.list(depth).map((value) => [this.value(depth), value])),
    (depth) => new Set(this.list(depth)),
    (depth) =>
      new (this.pick([Error, TypeError, RangeError]))(this.pick(TEXTS.slice(0, 4)), { cause: this.value(depth) }),
  ];

  private object(depth: number): object {
    const entries = this.list(depth).map((value) => [this.pick(KEYS), value] as const);
    return Object.fromEntries(entries);
  }

  private list(depth: number): unknown[] {
    return Array.from({ length: Math.floor(this.random() * 5) }, () => this.value(depth));
  }

  private holes(depth: number): unknown[] {
    const list: unknown[] = [];
    list[1 + Math.floor(this.random() * 3)] = this.value(depth);
    return list;
  }

  private binary(): unknown {
    const bytes = Uint8Array.from({ length: 24 }, () => Math.floor(this.random() * 256));
    const kind = Math.floor(this.random() * (VIEWS.length + 4));
    if (kind < VIEWS.length) return new VIEWS[kind]!(bytes.buffer, 8, 1);
    return [bytes.buffer, new DataView(bytes.buffer, 3, 9), new BigInt64Array(bytes.buffer), Buffer.from('buffer')][
      kind - VIEWS.length
    ];
  }

  private pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)]!;
  }
}
