import { readFileSync } from 'node:fs';
import { LineCounter, isSeq, parseDocument } from 'yaml';
import type { Node } from 'yaml';
import { settingsError } from './violation.js';

/** A rule as somebody wrote it, and where. */
export interface LocatedRule {
  readonly value: unknown;
  /** For errors: `rule 2 (line 14 of /app/goverse.yaml)`. */
  readonly place: string;
}

/** Access rules in a YAML file, which may change while the gate runs. */
export class AccessFile {
  constructor(
    readonly path: string,
    /** Where the list is in the file; empty: the file is the list. */
    private readonly keys: readonly string[] = [],
  ) {}

  /** Reads the rules anew. Throws `INVALID_ARGUMENT` naming the file, and the line where there is one. */
  read(): readonly LocatedRule[] {
    const lines = new LineCounter();
    const document = parseDocument(this.text(), { lineCounter: lines });
    const broken = document.errors[0];
    if (broken) throw settingsError([`${this.path} is no YAML: ${broken.message}`]);
    const list: unknown = this.keys.length === 0 ? document.contents : document.getIn(this.keys, true);
    if (!isSeq(list)) {
      const what = this.keys.length === 0 ? this.path : `${this.keys.join('.')} in ${this.path}`;
      throw settingsError([`${what} must be a list of access rules ([] for none)`]);
    }
    return list.items.map((item, index) => {
      const { line } = lines.linePos((item as Node).range?.[0] ?? 0);
      return { value: (item as Node).toJS(document), place: `access rule ${index + 1} (line ${line} of ${this.path})` };
    });
  }

  private text(): string {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      throw settingsError([`the access rules in ${this.path} cannot be read: ${(error as Error).message}`]);
    }
  }
}

/** Rules that stand in code. */
export function locatedInCode(rules: readonly unknown[]): readonly LocatedRule[] {
  return rules.map((value, index) => ({ value, place: `access rule ${index + 1}` }));
}
