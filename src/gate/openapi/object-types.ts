import type { Clock, MethodInfo, ObjectTypeInfo } from '../../core/index.js';

/** How long an answer of the nodes is good for, in milliseconds: readers of a document may be many. */
const FRESH_MS = 5_000;

/** The object types of the cluster, as its nodes tell them: without what clients may never call. */
export class ObjectTypes {
  private asked: { readonly at: number; readonly types: Promise<readonly ObjectTypeInfo[]> } | undefined;

  constructor(
    /** Asks every node; a type that several nodes have comes several times. */
    private readonly ask: () => Promise<readonly ObjectTypeInfo[]>,
    private readonly clock: Clock,
  ) {}

  /** Sorted by name. */
  list(): Promise<readonly ObjectTypeInfo[]> {
    const now = this.clock.monotonic();
    if (this.asked === undefined || now - this.asked.at > FRESH_MS) {
      const types = this.ask().then(merged);
      this.asked = { at: now, types };
      types.catch(() => (this.asked = undefined));
    }
    return this.asked.types;
  }
}

/** While a new version is rolled out nodes differ: a method is shown when one of them has it. */
function merged(told: readonly ObjectTypeInfo[]): ObjectTypeInfo[] {
  const byType = new Map<string, { info: ObjectTypeInfo; methods: Map<string, MethodInfo> }>();
  for (const info of told) {
    const known = byType.get(info.type) ?? { info, methods: new Map<string, MethodInfo>() };
    for (const method of info.methods) if (!method.internal) known.methods.set(method.name, method);
    byType.set(info.type, known);
  }
  const types = [...byType.values()].map(({ info, methods }) => ({
    ...info,
    methods: sorted(methods.values(), 'name'),
  }));
  return sorted(
    types.filter(({ internal, methods }) => !internal || methods.length > 0),
    'type',
  );
}

function sorted<T extends object>(values: Iterable<T>, key: keyof T): T[] {
  return [...values].toSorted((a, b) => (String(a[key]) < String(b[key]) ? -1 : 1));
}
