/** What a rule is about: calls of methods, creation and deletion of objects, or the registration of clients. */
export type AccessVerb = 'call' | 'create' | 'delete' | 'register';

/**
 * One rule of the option `access`: who may do what. Rules are asked in their order and the first one that fits decides.
 * `type`, `id` and `method` are exact, or regular expressions when written `/.../` or `/.../i`: of RE2, which takes time
 * in proportion to the text whatever the expression is; `^` and `$` stand for the whole text.
 */
export interface AccessRule {
  /** Object type. Default: every one. */
  type?: string;
  /** Whole object id. A rule that denies also fits the part behind `shard#n/` or `host:port/`. Default: every one. */
  id?: string;
  /** Wire name; such a rule is about calls alone. Default: every method. */
  method?: string;
  /** Default: `call` with a method, else `call`, `create` and `delete`. `register` is only meant where it is named. */
  verb?: AccessVerb | readonly AccessVerb[];
  /** Either this or `deny` is true. */
  allow?: boolean;
  deny?: boolean;
  /** `clients` = everybody, `authenticated` = everybody with an identity, else a role; or several. Default: `clients`. */
  to?: string | readonly string[];
}
