type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const LOCAL = '#/$defs/';
const SHARED = '#/components/schemas/';

/**
 * Gathers the schemas of many methods as `components.schemas` of one document. Definitions that are alike share a name;
 * a different one under the same name gets a number.
 */
export class SchemaPool {
  readonly schemas: Record<string, Json> = {};
  private readonly sources = new Map<string, string>();

  /** A schema with `$defs` of its own, as JSON text, rewritten to the names of this document; `{}` for none. */
  add(text: string): Json {
    if (text === '') return {};
    const { $defs = {}, ...schema } = JSON.parse(text) as Record<string, Json>;
    const defs = $defs as Record<string, Json>;
    // References lead from one definition to another: a name stands for all that a schema has.
    const names = new Map(Object.keys(defs).map((name) => [name, this.nameFor(name, JSON.stringify(defs))]));
    for (const [name, def] of Object.entries(defs)) this.schemas[names.get(name) as string] = renamed(def, names);
    return renamed(schema, names);
  }

  private nameFor(name: string, source: string): string {
    // Source: OpenAPI 3.1, "Components Object".
    const allowed = name.replace(/[^A-Za-z0-9._-]/g, '_');
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? allowed : `${allowed}_${n}`;
      const taken = this.sources.get(candidate);
      if (taken !== undefined && taken !== source) continue;
      this.sources.set(candidate, source);
      return candidate;
    }
  }
}

function renamed(value: Json, names: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((part) => renamed(part, names));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, part]): [string, Json] => {
    if (key !== '$ref' || typeof part !== 'string' || !part.startsWith(LOCAL)) return [key, renamed(part, names)];
    const name = part.slice(LOCAL.length);
    return [key, `${SHARED}${names.get(name) ?? name}`];
  });
  return Object.fromEntries(entries);
}
