import type { LocatedRule } from '../../config/index.js';
import { settingsError } from '../../config/index.js';
import type { CallerIdentity, GoverseError } from '../../core/index.js';
import { goverseError } from '../../core/index.js';
import type { AccessQuestion, CompiledRule } from './compiled-rule.js';
import { readRule } from './read-rule.js';

/** An ordered list of access rules, the first one that fits decides. */
export class AccessRules {
  private constructor(
    private readonly rules: readonly CompiledRule[],
    /** There is an authenticator: clients without an identity may only do what a rule allows. */
    private readonly authenticated: boolean,
  ) {}

  /**
   * Throws one `INVALID_ARGUMENT` that names, with its place, each rule that cannot be read or can never fit: because of
   * what it says, because an earlier one leaves nothing to it, or because nobody has the identity it asks for.
   */
  static compile(written: readonly LocatedRule[], authenticated: boolean): AccessRules {
    const rules: CompiledRule[] = [];
    const violations: string[] = [];
    for (const located of written) {
      try {
        const rule = readRule(located);
        const earlier = rules.find((each) => each.covers(rule));
        if (earlier) throw new TypeError(`it can never fit: ${earlier.place} comes first and fits all of it`);
        if (!authenticated && rule.forKnownClientsOnly) {
          throw new TypeError('it can never fit: this gate has no authenticator, so nobody has an identity');
        }
        rules.push(rule);
      } catch (error) {
        violations.push(`${located.place}: ${(error as Error).message}`);
      }
    }
    if (violations.length > 0) throw settingsError(violations);
    return new AccessRules(rules, authenticated);
  }

  get size(): number {
    return this.rules.length;
  }

  /**
   * Throws `ACCESS_DENIED` when a rule denies, `UNAUTHENTICATED` when none fits and the gate has an authenticator that
   * does not know the client. Otherwise what no rule is about is allowed.
   */
  assertAllowed(question: AccessQuestion, identity: CallerIdentity | undefined): void {
    const rule = this.rules.find((each) => each.fits(question, identity));
    if (rule?.allow === false) throw denied(question);
    if (rule === undefined && this.authenticated && identity === undefined) throw unknownClient(question);
  }
}

function denied(question: AccessQuestion): GoverseError {
  return goverseError('ACCESS_DENIED', `This client may not ${describe(question)}`);
}

function unknownClient(question: AccessQuestion): GoverseError {
  return goverseError('UNAUTHENTICATED', `Only clients that are known may ${describe(question)}; send credentials`);
}

function describe({ verb, type, id, method }: AccessQuestion): string {
  if (verb === 'register') return 'register at this gate';
  return verb === 'call' ? `call ${type}.${method} of ${id}` : `${verb} ${id}`;
}
