import { RE2JS } from 're2js';

/** Texts these never reject: ids, types and methods are neither empty nor hold line ends. */
const EVERYTHING = /^(\.\*|\^\.\*|\.\*\$|\^\.\*\$|\.\+|\^\.\+|\.\+\$|\^\.\+\$|)$/;

/** One field of an access rule: an exact text, a regular expression written `/.../` or `/.../i`, or absent: everything. */
export class Pattern {
  private constructor(
    private readonly text: string | undefined,
    private readonly expression: RE2JS | undefined,
  ) {}

  /** Throws an error that says what is wrong with a regular expression. */
  static parse(text: string | undefined): Pattern {
    const written = text === undefined ? undefined : /^\/(.*)\/(i?)$/s.exec(text);
    if (!written) return new Pattern(text, undefined);
    if (EVERYTHING.test(written[1]!)) return new Pattern(undefined, undefined);
    // RE2 needs no backtracking, so no expression and no text can make it slow.
    return new Pattern(text, RE2JS.compile(written[1]!, written[2] === 'i' ? RE2JS.CASE_INSENSITIVE : 0));
  }

  /** The field was absent, or an expression that every text fits. */
  get matchesAll(): boolean {
    return this.text === undefined;
  }

  /** The text if the pattern is an exact one. */
  get exact(): string | undefined {
    return this.expression ? undefined : this.text;
  }

  matches(text: string): boolean {
    if (this.expression) return this.expression.matcher(text).find();
    return this.text === undefined || this.text === text;
  }

  /** True if this pattern certainly matches whatever `other` matches. */
  covers(other: Pattern): boolean {
    if (this.text === undefined || this.text === other.text) return true;
    return other.exact !== undefined && this.matches(other.exact);
  }
}
