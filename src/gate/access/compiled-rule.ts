import type { AccessVerb } from '../../config/index.js';
import type { CallerIdentity } from '../../core/index.js';
import { AUTHENTICATED, EVERY_CLIENT, satisfiesRole } from '../../core/index.js';
import type { Pattern } from './pattern.js';

/** What a client wants to do. */
export interface AccessQuestion {
  readonly verb: AccessVerb;
  /** Empty for `register`, like `id` and `method`. */
  readonly type: string;
  readonly id: string;
  readonly method: string;
}

export interface CompiledRuleFacts {
  /** Where it was written. */
  readonly place: string;
  readonly allow: boolean;
  readonly verbs: ReadonlySet<AccessVerb>;
  readonly type: Pattern;
  readonly id: Pattern;
  readonly method: Pattern;
  readonly to: readonly string[];
}

/** An access rule, ready to be asked. */
export class CompiledRule {
  constructor(private readonly facts: CompiledRuleFacts) {}

  get place(): string {
    return this.facts.place;
  }

  get allow(): boolean {
    return this.facts.allow;
  }

  fits(question: AccessQuestion, identity: CallerIdentity | undefined): boolean {
    const { verbs, type, method, to } = this.facts;
    return (
      verbs.has(question.verb) &&
      type.matches(question.type) &&
      method.matches(question.method) &&
      this.fitsId(question.id) &&
      to.some((role) => satisfiesRole(role, identity))
    );
  }

  /** True if this rule, standing before `other`, leaves nothing to it. */
  covers({ facts: other }: CompiledRule): boolean {
    const { verbs, type, id, method, to, allow } = this.facts;
    // A rule that denies fits placed ids too: one that allows covers it only if it is about every id.
    const ids = id.covers(other.id) && (!allow || other.allow || id.matchesAll || other.id.matchesAll);
    return (
      ids &&
      [...other.verbs].every((verb) => verbs.has(verb)) &&
      type.covers(other.type) &&
      method.covers(other.method) &&
      other.to.every((role) => to.some((own) => includesRole(own, role)))
    );
  }

  /** Needs an identity that nobody has where there is no authenticator. */
  get forKnownClientsOnly(): boolean {
    return !this.facts.to.includes(EVERY_CLIENT);
  }

  /** Placing an id elsewhere must not lead around a rule that denies, nor into one that allows. */
  private fitsId(id: string): boolean {
    const { id: pattern, allow } = this.facts;
    return pattern.matches(id) || (!allow && pattern.matches(id.slice(id.indexOf('/') + 1)));
  }
}

function includesRole(own: string, other: string): boolean {
  return own === EVERY_CLIENT || own === other || (own === AUTHENTICATED && other !== EVERY_CLIENT);
}
